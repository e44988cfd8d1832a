"""The stimulus on screen at a time, and the basis of lags."""

import numpy as np
import pytest

from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.models.parts.lags import frame_at, shown_at, triangles

CONFIG = ConditionOptions(context_s=4, n_frames=4, track_rate=24, track_history_s=1)


def test_a_sample_of_the_track_is_shown_until_the_next_one_begins():
    track = np.arange(48)
    assert (track @ shown_at(np.arange(5) / 50, 1.0, CONFIG)).tolist() == [24, 24, 24, 25, 25]
    assert (track @ shown_at(np.array([0.98, 1.0, 1.02]), 1.0, CONFIG)).tolist() == [47, 47, 47]


def test_times_before_the_track_have_its_first_sample():
    assert (np.arange(48) @ shown_at(np.array([-5.0, -4.98]), 1.0, CONFIG)).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("hz", "kept"), [(9, True), (15, True), (45, False), (55, False), (95, False)]
)
def test_flicker_faster_than_the_times_does_not_look_slow(hz, kept):
    """A mean over 20 ms leaves sin(x) / x of a flicker, x = pi hz 0.02 s; picking leaves all."""
    config = ConditionOptions(context_s=4, n_frames=4, track_rate=240, track_history_s=1)
    track = np.sin(2 * np.pi * hz * np.arange(480) / 240)
    shown = track @ shown_at(np.arange(-50, 50) / 50, 1.0, config)
    amplitude = 2 * np.abs(np.fft.rfft(shown[1:])).max() / 99
    assert amplitude > 0.6 if kept else amplitude < 0.35


def test_frames_are_those_of_the_context_which_ends_with_the_window():
    times_s = np.array([-9, -3, -2.01, -2, -1, 0, 0.99, 1, 2])  # the context is -3 s to 1 s
    assert frame_at(times_s, 1.0, CONFIG).tolist() == [0, 0, 0, 1, 2, 3, 3, 3, 3]


@pytest.mark.parametrize("n", [2, 5, 9])
def test_triangles_are_one_at_their_centre_and_sum_to_one(n):
    basis = triangles(n, 0.4, 200.0)
    assert basis.shape == (n, 81) and basis.dtype == np.float32
    np.testing.assert_allclose(basis.sum(0), 1, rtol=1e-5)
    np.testing.assert_array_equal(basis.argmax(1), np.linspace(0, 80, n))
    np.testing.assert_allclose(basis.max(1), 1, rtol=1e-5)
