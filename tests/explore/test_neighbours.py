"""The nearest samples by power."""

import numpy as np
import pytest

from benchmarks.reader import write_samples
from videeg_pipe import load_release
from videeg_pipe.explore import neighbours
from videeg_pipe.explore.neighbours import Neighbours, band_levels

SFREQ, T = 200.0, 200
CHANNELS = ("FZ", "CZ", "PZ", "OZ")


def sine(hz, uv):
    return np.tile(uv * np.sin(2 * np.pi * hz * np.arange(T) / SFREQ), (4, 1)).astype(np.float32)


def test_the_level_of_a_sine_is_that_of_its_band():
    levels = band_levels(sine(10, 20)[None], SFREQ).reshape(5, 4)
    np.testing.assert_allclose(levels[2], 10 * np.log10(200), atol=0.01)  # 20 uV: 200 uV^2
    assert levels[[0, 3, 4]].max() < -20
    assert band_levels(np.zeros((1, 4, 20), np.float32), SFREQ).shape == (1, 12)  # 20 samples


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    path = tmp_path_factory.mktemp("near") / "videeg-gen.h5"
    noise = np.random.default_rng(0).standard_normal((4, T)).astype(np.float32)
    amplitudes = [20, 80, 22, 30, 21, 200]
    eeg = noise / 10 + np.stack([sine(10, uv) for uv in amplitudes])
    write_samples(path, eeg, CHANNELS)
    return load_release(path)


def test_samples_of_like_power_are_near(release):
    found, searched = Neighbours(release).nearest(0, np.arange(6), 3)
    assert [row for row, _ in found] == [4, 2, 3] and searched == 6
    distances = [distance for _, distance in found]
    assert distances == sorted(distances)


def test_only_the_given_samples_are_searched(release):
    search = Neighbours(release)
    assert [row for row, _ in search.nearest(0, np.array([1, 5]), 3)[0]] == [1, 5]
    assert [row for row, _ in search.nearest(5, np.array([1, 5]), 3)[0]] == [1]
    assert search.nearest(0, np.array([], int), 3) == ([], 0)


def test_of_many_samples_some_are_searched(release, monkeypatch):
    monkeypatch.setattr(neighbours, "MOST", 2)
    found, searched = Neighbours(release).nearest(2, np.arange(6), 6)
    assert sorted(row for row, _ in found) == [0, 5] and searched == 2
