"""The same pictures in another kind of video give the same response."""

import numpy as np
import pytest

from tests.drawn import write_video
from tests.stimuli.odd_videos import turn, write_streams
from videeg_pipe import load_generator

LEVELS = [40 if frame // 12 % 2 else 200 for frame in range(60)]
"""Of gray, 24 per second for 2.5 s; the screen changes every half second."""


def gray(level):
    return np.full((64, 64, 3), level, np.uint8)


def webm(path):
    return write_streams(path / "a.webm", [[gray(level) for level in LEVELS]], codec="libvpx-vp9")


def variable_rate(path):
    times_ms = [50 * (frame // 2) + 20 * (frame % 2) for frame in range(100)]
    levels = [40 if time // 500 % 2 else 200 for time in times_ms]
    return write_video(path / "a.mkv", map(gray, levels), times_ms=times_ms)


def rotated(path):
    return turn(write_video(path / "a.mp4", map(gray, LEVELS)), 0, 1, -1, 0)


@pytest.fixture(scope="module")
def generator(packed):
    return load_generator(packed)


@pytest.mark.parametrize("write", [webm, variable_rate, rotated])
def test_kinds_of_videos(generator, flashing, tmp_path, write):
    expected = generator.generate(flashing, mean_only=True).data
    made = generator.generate(write(tmp_path), mean_only=True).data
    assert abs(made.shape[-1] - 500) <= 10  # the last picture of uneven rates has no exact end
    made, expected = (one[0, :, :480] for one in (made, expected))
    assert np.abs(made - expected).max() < 0.1 * np.ptp(expected)
