"""Effects of the picture have the planted slope and latency and do not change means."""

import numpy as np
import pytest
from scipy.signal import butter, hilbert, sosfiltfilt

from tests.sources.phantom.conftest import SEED, simulate, small_phantom
from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.sources.phantom.artefacts import simulate_blinks
from videeg_pipe.sources.phantom.induced import (
    BLINK_LATENCY_S,
    ERD_LATENCY_S,
    ERD_TIME_S,
    activation,
    alpha_power,
    blink_readiness,
)
from videeg_pipe.sources.phantom.layout import index_at
from videeg_pipe.sources.phantom.ongoing import simulate_alpha
from videeg_pipe.sources.phantom.subject import subject_parameters
from videeg_pipe.sources.phantom.videos import Design

SFREQ = 200
N_BLOCK_S = 12 * 8.5


def _design(motion: np.ndarray) -> Design:
    still = np.zeros(len(motion), np.float32)
    return Design([], still, still, motion.astype(np.float32), still)


def _alpha_power(power: np.ndarray, repeats: int) -> np.ndarray:
    """Mean power of simulated alpha at each sample, (N,), at the strongest electrode."""
    person, total = subject_parameters(SEED, "sub2"), np.zeros(len(power))
    channel = SEED_DV_CHANNELS.index("OZ")
    for repeat in range(repeats):
        rng = np.random.default_rng(repeat)
        total += np.abs(hilbert(simulate_alpha(person, power, SFREQ, 0.0, rng)[channel])) ** 2
    return total / repeats


def test_a_pulse_of_motion_suppresses_alpha_with_the_planted_latency():
    layout = BlockLayout()
    motion = np.zeros(24 * 12)
    pulses = np.arange(24, len(motion) - 48, 72)
    motion[pulses] = 0.2
    n = 12 * SFREQ
    active = activation(_design(motion), layout, n)
    after = np.mean([active[index_at(at / 24, SFREQ) :][: 3 * SFREQ] for at in pulses], axis=0)
    assert after[: round(ERD_LATENCY_S * SFREQ) - 8].max() < 0.02
    assert after.argmax() / SFREQ == pytest.approx(ERD_LATENCY_S + ERD_TIME_S, abs=1 / 24)
    assert after[round(1.6 * SFREQ) :].max() < 0.1 * after.max()  # back before the next
    power = _alpha_power(alpha_power(active, np.ones(n, bool), 0.9), 400)
    found = np.mean([power[index_at(at / 24, SFREQ) :][: 2 * SFREQ] for at in pulses], axis=0)
    assert np.convolve(found, np.ones(20), "same")[20:-20].argmin() / SFREQ + 0.1 == pytest.approx(
        ERD_LATENCY_S + ERD_TIME_S, abs=0.1
    )


def test_alpha_power_falls_in_proportion_to_activation_by_the_planted_slope():
    erd, levels = 0.6, [0.0, 0.25, 0.5, 0.75, 1.0]
    active = np.repeat(np.tile(levels, 4), 3 * SFREQ)
    watching = np.ones(len(active), bool)
    # the same bursts with and without
    suppressed, free = (_alpha_power(alpha_power(active, watching, e), 60) for e in (erd, 0.0))
    calm = np.roll(active, SFREQ // 2) == np.roll(active, -SFREQ // 2)  # not beside a step
    at = [calm & (active == level) for level in levels]
    found = np.array([suppressed[here].sum() / free[here].sum() for here in at])
    np.testing.assert_allclose(found / found[0], 1 - erd * np.array(levels), atol=0.02)


@pytest.mark.parametrize("erd", [0.0, 0.3, 0.9])
def test_suppression_moves_power_within_clips_and_removes_none(manifest, config, erd):
    active = activation(Design.read(manifest, 1), config.layout, round(N_BLOCK_S * SFREQ))
    watching = np.arange(len(active)) % 1700 > 200
    power = alpha_power(active, watching, erd)
    assert power[watching].mean() == pytest.approx(0.36)
    assert (power > 0).all()


def test_motion_of_the_phantoms_videos_uses_the_whole_range(manifest, config):
    active = activation(Design.read(manifest, 1), config.layout, round(N_BLOCK_S * SFREQ))
    assert active.min() < 0.05 and active.max() > 0.8
    assert active.std() > 0.15


def test_recorded_alpha_is_weaker_in_motion_and_absent_from_the_truth(tmp_path, manifest, config):
    """From the raw file: occipital alpha in moving against still stretches of clips."""
    files = {
        erd: simulate(
            small_phantom(alpha_uv=60.0, alpha_erd=erd), tmp_path / str(erd), "sub2", manifest
        )
        for erd in (0.0, 0.9)
    }
    first, second = (path.parent.parent / "truth" / path.name for path in files.values())
    assert first.read_bytes() == second.read_bytes()
    band = butter(2, [8, 13], "bandpass", fs=SFREQ, output="sos")
    slopes = {}
    for erd, path in files.items():
        pairs = []
        for block, eeg in enumerate(np.load(path), start=1):
            design = Design.read(manifest, block)
            active = activation(design, config.layout, eeg.shape[1])
            occipital = eeg[[SEED_DV_CHANNELS.index(name) for name in ("O1", "OZ", "O2")]]
            power = np.abs(hilbert(sosfiltfilt(band, occipital))).mean(axis=0) ** 2
            for clip in design.clips:
                here = slice(index_at(clip.onset_s, SFREQ), index_at(clip.onset_s + 1.5, SFREQ))
                pairs.append((active[here].mean(), power[here].mean()))
        active, power = np.array(pairs).T
        slopes[erd] = np.polyfit(active, power / power.mean(), 1)[0]
    assert slopes[0.9] < -0.8 < slopes[0.0] - 0.3


def test_blinks_follow_cuts_without_changing_their_number():
    layout = BlockLayout()
    n_s = 3600
    cut = np.zeros(24 * n_s, np.float32)
    cuts = np.arange(0, len(cut), 96)  # one in 4 s
    cut[cuts] = 1
    still = np.zeros_like(cut)
    design = Design([], still, still, still, cut)
    found = {}
    for timing in (0.0, 0.8):
        readiness = blink_readiness(design, layout, timing, n_s * SFREQ)
        assert readiness.mean() == pytest.approx(1) and readiness.min() > 0
        course = simulate_blinks(readiness, SFREQ, 15.0, np.random.default_rng(0))
        up = course[SEED_DV_CHANNELS.index("FPZ")] > 0.5
        found[timing] = np.flatnonzero(np.diff(up.astype(int)) == 1) / SFREQ
        assert len(found[timing]) / (n_s / 60) == pytest.approx(15, rel=0.1)
    since_cut = {timing: times % 4 for timing, times in found.items()}
    assert np.mean(since_cut[0.0] < 1) == pytest.approx(0.25, abs=0.05)
    assert np.mean(since_cut[0.8] < 1) == pytest.approx(0.8 + 0.05, abs=0.07)
    histogram, edges = np.histogram(since_cut[0.8], np.arange(0, 4.1, 0.1))
    assert edges[histogram.argmax()] == pytest.approx(BLINK_LATENCY_S, abs=0.2)
