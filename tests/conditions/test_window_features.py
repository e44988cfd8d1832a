"""Times of context frames and stimulus track, and features cut at them."""

import numpy as np
import pytest

from videeg_pipe.conditions.window_features import frame_times, track_times, window_features
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.stores import VideoFeatures

CONFIG = ConditionOptions()


def test_the_context_ends_one_step_before_the_window_does():
    times_s = frame_times(np.array([10.0, 1.0]), CONFIG)
    assert times_s.tolist() == [[8.0, 8.5, 9.0, 9.5], [0.0, 0.0, 0.0, 0.5]]


def test_the_track_begins_with_its_history():
    times_s = track_times(np.array([5.0]), 1.0, CONFIG)
    assert times_s.shape == (1, 48)
    assert times_s[0, 0] == 4.0
    assert times_s[0, -1] == pytest.approx(6.0 - 1 / 24)


def test_windows_are_cut_at_their_own_times():
    grid_s, track_s = np.arange(20) / 2, np.arange(240) / 24
    clip = np.repeat(grid_s[:, None], 768, axis=1).astype(np.float32)
    track = np.stack([track_s, track_s + 1, track_s + 2, track_s + 3]).astype(np.float32)
    features = VideoFeatures(clip, grid_s, track, track_s)
    windows = window_features(features, np.array([3.0, 6.5]), 1.0, CONFIG)
    np.testing.assert_allclose(windows.clip[..., 0], windows.frame_times_s, rtol=1e-6)
    expected = track_times(np.array([3.0, 6.5]), 1.0, CONFIG)
    np.testing.assert_allclose(windows.track, np.stack([expected + k for k in range(4)], 1), 1e-5)
