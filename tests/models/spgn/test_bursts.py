"""Bursts of rhythms and levels of sources as Gaussian scale mixtures."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from videeg_pipe.models.parts.diffusion import Diffusion
from videeg_pipe.models.parts.whitening import Whitening
from videeg_pipe.models.spgn.bursts import Bursts

pytestmark = pytest.mark.usefixtures("single_thread")

C, T, SFREQ, N = 3, 100, 100.0, 1200
ALPHA_HZ, SPREAD, LEVEL = 10.3, 0.7, 0.2  # spreads of the rhythm's strength and of a level
RHYTHM, EVENTS, DRIFT = 0, 1, 2  # electrode of the rhythm, of slow events, of a changing level


def windows(seed: int, n: int = N, spread: float = SPREAD) -> Tensor:
    """Draw windows, (n, C, T): bursts of alpha, rare slow events, and a changing background."""
    rng = torch.Generator().manual_seed(seed)
    frequency = torch.fft.rfftfreq(n * T, 1 / SFREQ).clamp_min(0.5)
    white = torch.randn(C, n * T, generator=rng)
    background = torch.fft.irfft(torch.fft.rfft(white) / frequency.sqrt(), n * T)
    x = background.unflatten(1, (n, T)).transpose(0, 1).clone()
    shape = torch.exp(-0.5 * ((frequency - ALPHA_HZ) / 0.7) ** 2)
    rhythm = torch.fft.irfft(shape * torch.fft.rfft(torch.randn(n * T, generator=rng)), n * T)
    strength = torch.exp(spread * torch.randn(n, 1, generator=rng) - spread**2)
    x[:, RHYTHM] += 2 * strength * rhythm.unflatten(0, (n, T))
    times = torch.arange(T) / SFREQ
    rare = (torch.rand(n, 1, generator=rng) < 0.1) * torch.randn(n, 1, generator=rng).abs()
    x[:, EVENTS] += 5 * rare * torch.exp(-0.5 * ((times - 0.5) / 0.1) ** 2)
    x[:, DRIFT] *= torch.exp(LEVEL * torch.randn(n, 1, generator=rng))
    return x


def fitted(x: Tensor, subject: Tensor, n_subjects: int = 1) -> tuple[Whitening, Bursts]:
    whitening = Whitening(n_subjects, C, T, SFREQ)
    whitening.fit(x, subject)
    bursts = Bursts(n_subjects, C, whitening.n_points, SFREQ)
    bursts.fit(whitening, components(whitening, x, subject), subject)
    return whitening, bursts


def components(whitening: Whitening, x: Tensor, subject: Tensor) -> Tensor:
    return whitening(x, subject)[..., : whitening.n_points]


def source_of(whitening: Whitening, electrode: int) -> int:
    """Return the source that is strongest at an electrode."""
    return int(whitening.mixing[0, electrode].abs().argmax())


def nobody(n: int) -> Tensor:
    return torch.zeros(n, dtype=torch.long)


@pytest.fixture(scope="module")
def alpha() -> tuple[Whitening, Bursts]:
    return fitted(windows(0), nobody(N))


def test_the_planted_spread_is_found_in_the_rhythm_s_source_alone(alpha):
    whitening, bursts = alpha
    source = source_of(whitening, RHYTHM)
    assert bursts.spread[0, source] == pytest.approx(SPREAD, abs=0.12)
    assert bursts.share[0, source].max() > 0.8
    others = [place for place in range(C) if place != source]
    assert not bursts.share[0, others].any()
    assert not bursts.spread[0, others].any()


def test_a_level_is_what_all_frequencies_share(alpha):
    """It is neither the rhythm's strength nor that of slow events."""
    whitening, bursts = alpha
    found = [bursts.level_spread[0, source_of(whitening, at)] for at in (RHYTHM, EVENTS, DRIFT)]
    assert found[2] == pytest.approx(LEVEL, abs=0.03)
    assert max(found[:2]) < LEVEL / 2


def test_a_steady_rhythm_has_no_bursts():
    _, bursts = fitted(windows(1, spread=0.0), nobody(N))
    assert bursts.share[0].max() > 0.8
    assert bursts.spread[0].max() < 0.25


def test_unknown_people_have_the_population_s_spread_and_few_windows_change_it_little(alpha):
    x = torch.cat([windows(2), windows(3, spread=0.3)])
    subject = torch.arange(2).repeat_interleave(N)
    whitening, bursts = fitted(x, subject, n_subjects=2)
    assert bursts.spread[0].max() > bursts.spread[2].max() > bursts.spread[1].max() > 0
    before = bursts.spread[2].clone()
    bursts.fit_person(1, whitening, torch.zeros(0, C, whitening.n_points))
    torch.testing.assert_close(bursts.spread[1], before)


@pytest.mark.parametrize("t", [100, 400, 700])
def test_it_is_the_best_denoiser_of_its_model(alpha, t):
    """No multiple of the prediction has a smaller error, nor has the Gaussian's, 0."""
    _, bursts = alpha
    n, diffusion = 20_000, Diffusion(1000, "v_prediction")
    torch.manual_seed(0)
    y = draws(bursts, n)
    noise, steps = torch.randn_like(y), torch.full((n,), t)
    share = diffusion.signal_share(steps)
    y_t = diffusion.add_noise(y, noise, steps)
    v = share.sqrt()[:, None, None] * noise - (1 - share).sqrt()[:, None, None] * y
    predicted = bursts(y_t, share, nobody(n))
    slope = (v * predicted).sum() / predicted.square().sum()
    assert slope == pytest.approx(1, abs=0.1)


def test_samples_have_the_spread_of_the_model(alpha):
    whitening, bursts = alpha
    torch.manual_seed(0)
    z, phi = torch.randn(N, C, whitening.n_points), torch.linspace(torch.pi / 2, 0, 51)
    for start, end in pairwise(phi):  # dx / dphi = v, from noise to data
        z = z + (end - start) * bursts(z, start.cos().square().expand(N), nobody(N))
    found = Bursts(1, C, whitening.n_points, SFREQ)
    found.fit(whitening, z, nobody(N))
    torch.testing.assert_close(found.spread[0], bursts.spread[0], rtol=0, atol=0.12)
    torch.testing.assert_close(found.level_spread[0], bursts.level_spread[0], rtol=0, atol=0.05)
    assert z.square().mean((0, 2)).max() == pytest.approx(1, abs=0.1)


def draws(bursts: Bursts, n: int) -> Tensor:
    """Draw components of the model itself, (n, C, K), of person 0."""
    strength, level = (
        torch.exp(spread * torch.randn(n, C) - spread.square())
        for spread in (bursts.spread[0], bursts.level_spread[0])
    )
    share = bursts.share[0]  # (C, r)
    scale = (1 + share * (strength[..., None].square() - 1)).sqrt()  # (n, C, r)
    y = torch.randn(n, C, bursts.directions.shape[2])
    along = torch.einsum("nck,ckr->ncr", y, bursts.directions[0]) * (share > 0)
    rhythm = torch.einsum("ncr,ckr->nck", along, bursts.directions[0])
    scaled = torch.einsum("ncr,ckr->nck", scale * along, bursts.directions[0])
    return scaled + level[..., None] * (y - rhythm)
