"""Times and lags of responses to the stimulus, for regressions from video to EEG."""

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.config.condition import ConditionOptions


def shown_at(
    times_s: NDArray[np.float64], window_s: float, config: ConditionOptions
) -> NDArray[np.int64]:
    """Return the track's sample on screen at each time: the last one that had begun."""
    n = round((config.track_history_s + window_s) * config.track_rate)
    places = np.floor((times_s + config.track_history_s) * config.track_rate + 1e-6)
    return np.clip(places.astype(np.int64), 0, n - 1)


def frame_at(
    times_s: NDArray[np.float64], window_s: float, config: ConditionOptions
) -> NDArray[np.int64]:
    """Return the last context frame before each time; times in s since the window's start."""
    step_s = config.context_s / config.n_frames
    places = np.floor((times_s - window_s + config.context_s) / step_s + 1e-6)
    return np.clip(places.astype(np.int64), 0, config.n_frames - 1)


def triangles(n: int, longest_s: float, sfreq: float) -> NDArray[np.float32]:
    """Return n overlapping triangles from lag 0 to the longest, (n, lags in samples)."""
    lags_s = np.arange(int(longest_s * sfreq) + 1) / sfreq
    centres_s = np.linspace(0, longest_s, n)
    spacing_s = max(centres_s[1], 1 / sfreq)
    return np.clip(1 - np.abs(lags_s - centres_s[:, None]) / spacing_s, 0, None).astype(np.float32)
