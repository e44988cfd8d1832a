"""Steady-state SNR: planted lines in noise."""

import numpy as np
import pandas as pd
import pytest

from videeg_pipe.contracts.scores import to_json
from videeg_pipe.scoring.alignment.steady_state import score_steady_state, snr_parts

SFREQ, T, C = 200.0, 200, 4


def noise(n, seed=0):
    return np.random.default_rng(seed).standard_normal((n, C, T))


def line(n, hz, amplitude, seed=1):
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, (n, 1, 1))
    return amplitude * np.sin(2 * np.pi * hz * np.arange(T) / SFREQ + phase)


def windows(n, videos=("a",)):
    return pd.DataFrame({"video_id": [videos[i % len(videos)] for i in range(n)]})


def clips(n):
    return pd.Series(np.arange(n) // 4, name="clips")


def scored(generated, real, tags, videos=("a",)):
    n = len(real)
    return score_steady_state(generated, real, windows(n, videos), clips(n), tags, SFREQ, 200, 1)


@pytest.mark.parametrize("hz", [8.0, 13.0, 21.3])
@pytest.mark.parametrize("amplitude", [0.0, 0.3])
def test_snr_is_the_power_of_the_line_over_that_of_the_noise(hz, amplitude):
    """White noise of variance 1 has power T at any frequency, a sine of amplitude a (a T / 2)^2."""
    signal, around = snr_parts(noise(2000) + line(2000, hz, amplitude), hz, SFREQ)
    expected = 1 + amplitude**2 * T / 4
    assert signal.mean() / around.mean() == pytest.approx(expected, rel=0.1)


def test_generated_and_real_are_shown_side_by_side():
    real = noise(200, 2) + line(200, 13, 0.4) + line(200, 26, 0.2) + line(200, 39, 0.2)
    score = scored(noise(200, 3), real, {"a": (13.0,)})
    assert score.value == pytest.approx(1, abs=0.15)
    assert score.low < 1 < score.high
    expected = np.cbrt((1 + 0.4**2 * T / 4) * (1 + 0.2**2 * T / 4) ** 2)
    assert score.ceiling.value == pytest.approx(expected, rel=0.15)
    assert score.ceiling.low > score.high
    assert list(score.frequencies) == ["13"]


def test_each_frequency_counts_in_the_windows_of_its_videos():
    real = noise(200, 2)
    real[::2] += line(100, 13, 0.5)
    real[1::2] += line(100, 21, 1.0)
    score = scored(noise(200, 3), real, {"a": (13.0,), "b": (21.0,)}, videos=("a", "b"))
    assert list(score.frequencies) == ["13", "21"]
    real_13, real_21 = (score.frequencies[hz].ceiling.value for hz in ("13", "21"))
    assert 1.5 < real_13 < real_21
    assert score.ceiling.value == pytest.approx(np.sqrt(real_13 * real_21))
    assert score.frequencies["13"].n_windows == 100


@pytest.mark.parametrize(("highest_hz", "kept"), [(12.0, 1), (20.0, 1), (30.0, 2), (45.0, 3)])
def test_harmonics_count_where_the_filter_keeps_them(highest_hz, kept):
    amplitudes = (0.4, 0.3, 0.6)
    x = noise(400) + sum(line(400, k * 14, a, k) for k, a in enumerate(amplitudes, 1))
    score = score_steady_state(
        x, x, windows(400), clips(400), {"a": (14.0,)}, SFREQ, 200, 1, highest_hz
    )
    expected = np.prod([1 + a**2 * T / 4 for a in amplitudes[:kept]]) ** (1 / kept)
    assert score.value == pytest.approx(expected, rel=0.15)


def test_without_flicker_there_is_no_score():
    score = scored(noise(40), noise(40), {"a": ()})
    assert score.value is None
    assert "flickers" in score.reason


def test_few_clips_give_no_interval():
    score = scored(noise(8), noise(8), {"a": (13.0,)})
    assert score.value is not None and score.low is None


def test_the_floor_is_the_power_at_the_frequencies_of_other_stimuli():
    tags, videos = {"a": (13.0,), "b": (21.0,), "c": ()}, ("a", "b", "c")
    own = noise(300, 3)
    own[::3] += line(100, 13, 0.6)
    own[1::3] += line(100, 21, 0.6)
    score = scored(own, own, tags, videos)
    assert score.floor.value == pytest.approx(1, abs=0.2)
    assert score.floor.low < 1 < score.floor.high < score.low
    assert score.frequencies["13"].floor.n_windows == 100  # those of the other flicker
    assert score.floor.n_windows == 200


def test_windows_of_a_floor_over_three_frequencies_count_once():
    tags, videos = {"a": (13.0,), "b": (21.0,), "c": (17.0,)}, ("a", "b", "c")
    floor = scored(noise(60), noise(60), tags, videos).floor
    assert floor.n_windows == 60


def test_samples_that_flicker_alike_for_any_stimulus_are_at_the_floor():
    tags, videos = {"a": (13.0,), "b": (21.0,)}, ("a", "b")
    alike = noise(200, 3) + line(200, 13, 0.5) + line(200, 21, 0.5)
    score = scored(alike, alike, tags, videos)
    assert score.floor.value == pytest.approx(score.value, rel=0.15)
    assert score.floor.low < score.value < score.floor.high


@pytest.mark.parametrize("tags", [{"a": (13.0,)}, {"a": (13.0,), "b": ()}])
def test_without_another_flicker_there_is_no_floor(tags):
    score = scored(noise(40), noise(40), tags, ("a", "b"))
    assert score.value is not None
    assert to_json(score).get("floor") is None
