"""The evoked head on responses with known drive, time course and topography."""

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from tests.generators import CHANNELS, F, K, random_condition
from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.spgn import EvokedOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.models.spgn.evoked import EvokedHead

pytestmark = pytest.mark.usefixtures("single_thread")

SFREQ, T, RATE, HISTORY_S = 100.0, 100, 24.0, 1.0
TU = round((HISTORY_S + T / SFREQ) * RATE)
LONGEST_S = 0.4
TIMES_S = np.arange(-100, T) / SFREQ  # since the window's start
UNKNOWN = 2


def head_of(seed=0, sfreq=SFREQ, n_samples=T, rate=RATE, lags=12):
    names, people = CHANNELS, ("sub1", "sub2")
    layout = EegLayout(names, electrode_positions(names), sfreq, n_samples, people, ())
    config = EvokedOptions(drives=4, width=16, lags=lags, longest_lag_s=LONGEST_S, dropout=0.0)
    torch.manual_seed(seed)
    return EvokedHead(layout, config, ConditionOptions(track_rate=rate, track_history_s=HISTORY_S))


def random_head(seed=0):
    """An evoked head without zero weights: gates are open and people differ."""
    head = head_of(seed).eval()
    with torch.no_grad():
        for weight in head.parameters():
            weight += 0.2 * torch.randn_like(weight)
        for part in (head.k_person, head.M_person):
            part.weight[UNKNOWN] = 0
    return head


def conditions(n, seed):
    """Flashes at random times and one of two kinds of picture; the rest is noise."""
    rng = torch.Generator().manual_seed(seed)
    track = torch.randn(n, K, TU, generator=rng)
    track[:, 0] = (torch.rand(n, TU, generator=rng) < 0.08).float()
    kind = 2 * torch.randint(2, (n, 1, 1), generator=rng) - 1.0
    pattern = torch.randn(768, generator=torch.Generator().manual_seed(99))
    clip = kind * pattern + 0.5 * torch.randn(n, F, 768, generator=rng)
    subject = torch.arange(n) % 2
    return Condition(clip, torch.zeros(n, 77, 768), track, subject), kind


def planted(condition, kind, *, gated=False, per_person=False):
    """Responses to flashes, (n, C, T): a wave at 0.15 s with a topography."""
    lags_s = np.arange(35) / SFREQ
    kernel = np.exp(-(((lags_s - 0.15) / 0.05) ** 2)) * np.cos(2 * np.pi * 5 * (lags_s - 0.15))
    place = np.floor((TIMES_S + HISTORY_S) * RATE + 1e-6).astype(int)  # the picture of each time
    course = lfilter(kernel, [1.0], condition.track[:, 0].numpy()[:, place])[:, -T:]
    topography = torch.randn(2, len(CHANNELS), generator=torch.Generator().manual_seed(5))
    maps = topography[condition.subject if per_person else 0 * condition.subject]
    y = maps[:, :, None] * torch.from_numpy(course).float()[:, None]
    return y * (1 + 0.8 * kind) if gated else y


def correlation(a, b):
    return torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1].item()


def trained(condition, y, steps=200, **options):
    head = head_of(**options)
    head.fit(condition.clip, condition.track)
    optimizer = torch.optim.Adam(head.parameters(), lr=2e-2)
    rng = torch.Generator().manual_seed(0)
    for _ in range(steps):
        rows = torch.randint(len(y), (32,), generator=rng)
        batch = Condition(
            condition.clip[rows],
            condition.text[rows],
            condition.track[rows],
            condition.subject[rows],
        )
        loss = (head(batch) - y[rows]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return head.eval()


@pytest.mark.parametrize("how", [{}, {"gated": True}, {"per_person": True}])
def test_a_planted_response_is_found(how):
    condition, kind = conditions(300, seed=1)
    truth = planted(condition, kind, **how)
    noise = torch.randn(truth.shape, generator=torch.Generator().manual_seed(2))
    head = trained(condition, truth + truth.std() * noise)
    unseen, kind = conditions(100, seed=3)
    with torch.no_grad():
        found = head(unseen)
        blind = head(Condition(0 * unseen.clip, unseen.text, unseen.track, unseen.subject))
    expected = planted(unseen, kind, **how)
    assert correlation(found, expected) > 0.9
    assert found.std() / expected.std() == pytest.approx(1, abs=0.15)
    if how.get("gated"):
        assert correlation(blind, expected) < correlation(found, expected) - 0.1


def flickering(n, hz, seed):
    """A full-screen flicker that begins anywhere in its cycle: track (n, K, 480), phase (n, 1)."""
    rng = torch.Generator().manual_seed(seed)
    phase = 2 * torch.pi * torch.rand(n, 1, generator=rng)
    times_s = torch.arange(480) / 240 - HISTORY_S
    track = torch.zeros(n, K, 480)
    track[:, 0] = (1 + torch.sin(2 * torch.pi * hz * times_s + phase)) / 2
    clip = torch.randn(n, F, 768, generator=rng)
    return Condition(clip, torch.zeros(n, 77, 768), track, torch.arange(n) % 2), phase


@pytest.mark.parametrize("hz", [9, 21])
def test_the_phase_of_a_fast_flicker_is_learned(hz):
    """EEG at 128 Hz, track at 240 Hz: neither is a multiple of the other or of the flicker."""
    wave = torch.exp(2j * torch.pi * hz * torch.arange(128) / 128)
    topography = torch.randn(len(CHANNELS), generator=torch.Generator().manual_seed(5))

    def response(phase):  # 0.12 s after the light; (n, C, T)
        late = torch.exp(1j * (phase - 2 * torch.pi * hz * 0.12))
        return topography[:, None] * (late * wave).imag[:, None]

    condition, phase = flickering(200, hz, seed=1)
    noise = torch.randn(200, len(CHANNELS), 128, generator=torch.Generator().manual_seed(2))
    options = {"sfreq": 128.0, "n_samples": 128, "rate": 240.0, "lags": 30}
    head = trained(condition, response(phase) + 2 * noise, **options)
    unseen, phase = flickering(50, hz, seed=3)
    with torch.no_grad():
        found = head(unseen)
    planted_y = response(phase)
    assert correlation(found, planted_y) > 0.95
    at, expected = (topography.cfloat() @ y.cfloat() @ wave.conj() for y in (found, planted_y))
    assert (at / expected).angle().abs().max() < 0.2


@pytest.mark.parametrize("sample", [24, 30, 40, TU - 1])
def test_nothing_comes_before_it_is_shown_nor_after_the_longest_lag(sample):
    head, (condition, _) = random_head(), conditions(4, seed=1)
    track = condition.track.clone()
    track[..., sample] += 3
    with torch.no_grad():
        one = head(condition)
        other = head(Condition(condition.clip, condition.text, track, condition.subject))
    begins, ends = sample / RATE - HISTORY_S, (sample + 1) / RATE - HISTORY_S + LONGEST_S
    times_s = TIMES_S[-T:]
    change = (one - other).abs().amax((0, 1)).numpy()  # (T,)
    assert change[times_s < begins - 1e-6].max(initial=0) < 1e-4 * change.max()
    assert change[times_s > ends + 1e-6].max(initial=0) < 1e-4 * change.max()
    assert change[(times_s >= begins) & (times_s < begins + 0.04)].max() > 1e-2 * change.max()


def test_all_of_the_future_is_unknown():
    head, (condition, _) = random_head(), conditions(4, seed=1)
    later, (other, _) = condition.track.clone(), conditions(4, seed=8)
    later[..., 36:] = other.track[..., 36:]  # from 0.5 s on
    clip = condition.clip.clone()
    clip[:, -1] = other.clip[:, -1]  # the frame of the last 0.5 s of 2 s
    with torch.no_grad():
        one, two = head(condition), head(Condition(clip, condition.text, later, condition.subject))
    torch.testing.assert_close(one[..., :50], two[..., :50], rtol=0, atol=1e-4)
    assert (one - two)[..., 50:].abs().max() > 0.1


def test_what_was_shown_before_the_window_matters():
    head, (condition, _) = random_head(), conditions(4, seed=1)
    track = condition.track.clone()
    track[..., 20] += 3  # 0.17 s before
    with torch.no_grad():
        change = head(condition) - head(
            Condition(condition.clip, condition.text, track, condition.subject)
        )
    assert change[..., :20].abs().max() > 1e-2


def test_gates_start_closed_and_matter_once_they_are_not():
    (condition, _), (other, _) = conditions(4, seed=1), conditions(4, seed=8)
    shown = Condition(other.clip, condition.text, condition.track, condition.subject)
    with torch.no_grad():
        closed, opened = head_of().eval(), random_head()
        torch.testing.assert_close(closed(condition), closed(shown))
        assert (opened(condition) - opened(shown)).abs().max() > 0.1


def test_sentences_do_not_matter():
    head, condition = random_head(), random_condition(3, n_samples=200)
    other = Condition(condition.clip, 2 + condition.text, condition.track, condition.subject)
    with torch.no_grad():
        assert torch.equal(head(condition), head(other))


def test_people_start_as_the_population():
    head, (condition, _) = head_of().eval(), conditions(4, seed=1)
    with torch.no_grad():
        known, unknown = (
            head(Condition(condition.clip, condition.text, condition.track, torch.full((4,), s)))
            for s in (0, UNKNOWN)
        )
    torch.testing.assert_close(known, unknown)


def test_someone_unknown_gets_the_populations_response():
    head, (condition, _) = random_head(), conditions(4, seed=1)
    with torch.no_grad():
        outputs = [
            head(Condition(condition.clip, condition.text, condition.track, torch.full((4,), s)))
            for s in (0, 1, UNKNOWN)
        ]
        assert (outputs[0] - outputs[1]).abs().max() > 0.1
        assert (outputs[0] - outputs[2]).abs().max() > 0.1
        for part in (head.k_person, head.M_person):
            part.weight.zero_()
        torch.testing.assert_close(head(condition), outputs[2])


def test_training_leaves_unknown_people_the_population():
    condition, kind = conditions(64, seed=1)
    some_unknown = torch.where(torch.arange(64) % 4 == 0, UNKNOWN, condition.subject)
    changed = Condition(condition.clip, condition.text, condition.track, some_unknown)
    head = trained(changed, planted(condition, kind, per_person=True), steps=20)
    for part in (head.k_person, head.M_person):
        assert part.weight[:UNKNOWN].abs().amax(1).all()
        assert not part.weight[UNKNOWN].any()


def test_windows_are_independent():
    head, (condition, _) = random_head(), conditions(4, seed=1)
    alone = Condition(*(getattr(condition, n)[1:2] for n in ("clip", "text", "track", "subject")))
    with torch.no_grad():
        torch.testing.assert_close(head(alone), head(condition)[1:2], rtol=0, atol=1e-4)


def test_fit_removes_the_scales_of_the_input():
    (condition, _), heads = conditions(50, seed=1), (random_head(), random_head())
    scaled = Condition(
        5 * condition.clip - 2, condition.text, 0.1 * condition.track + 7, condition.subject
    )
    with torch.no_grad():
        outputs = []
        for head, changed in zip(heads, (condition, scaled), strict=True):
            head.fit(changed.clip, changed.track)
            outputs.append(head(changed))
    torch.testing.assert_close(*outputs, rtol=0, atol=1e-2)


@pytest.mark.parametrize("kept", ["k_person", "M_person"])
def test_people_differ_in_course_and_in_place(kept):
    head, (condition, _) = random_head(), conditions(4, seed=1)
    with torch.no_grad():
        for name in {"k_person", "M_person"} - {kept}:
            getattr(head, name).weight.zero_()
        one, other = (
            head(Condition(condition.clip, condition.text, condition.track, torch.full((4,), s)))
            for s in (0, 1)
        )
    assert (one - other).abs().max() > 0.1
