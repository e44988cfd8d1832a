"""The figure of generated beside real EEG shows pairs of the same window."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import generated_and_real
from benchmarks.generated_and_real import Pairs, clip_starts, draw


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    names = [f"sub{i % 2 + 1}-s1-b7-c{i // 2:03d}-w{i // 2 % 2}" for i in range(8)]
    windows = pd.DataFrame(
        {
            "window_id": names,
            "subject": [name[:4] for name in names],
            "concept": [f"concept {i // 4}" for i in range(8)],
            "video_id": "7th_10min",
            "video_time_s": np.arange(8.0),
        }
    )
    real = rng.standard_normal((8, 5, 50)).astype(np.float32)
    channels = ("FZ", "CZ", "PZ", "OZ", "C3")
    return Pairs(windows, real, real[::-1].copy(), 0.1 * real, channels, sfreq=50.0)


def test_figure_is_drawn_from_windows_of_two_people(pairs, tmp_path, monkeypatch):
    frames = []

    def show(path, times_s, size):
        frames.append((path, times_s[0]))
        return ((i, np.zeros((size, size, 3), np.uint8)) for i in range(len(times_s)))

    monkeypatch.setattr(generated_and_real, "frames_at", show)
    draw(pairs, {"7th_10min": Path("7.mp4")}, tmp_path / "docs" / "figure.png")
    assert (tmp_path / "docs" / "figure.png").stat().st_size > 1000
    assert [path for path, _ in frames] == [Path("7.mp4")] * 2
    assert frames[0][1] != frames[1][1]


def test_averages_are_over_first_windows_of_clips(pairs):
    assert clip_starts(pairs.windows).tolist() == [0, 1, 4, 5]


def test_correlation_is_that_of_one_pair(pairs):
    same = Pairs(**{**vars(pairs), "generated": 2 * pairs.real})
    assert same.correlation(3) == pytest.approx(1, abs=1e-6)
