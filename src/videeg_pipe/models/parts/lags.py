"""Times and lags of responses to the stimulus, for regressions from video to EEG."""

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.config.condition import ConditionOptions


def shown_at(
    times_s: NDArray[np.float64], window_s: float, config: ConditionOptions
) -> NDArray[np.float32]:
    """Return weights from the track to what was on screen at regular times, (Tu, times).

    A time shows the track's last sample that had begun. Where the track is faster, it shows the
    mean of those that began since the time before: fast flicker does not fold to a slow one.
    """
    n = round((config.track_history_s + window_s) * config.track_rate)
    step_s = times_s[1] - times_s[0]
    ends_s = np.append(times_s[0] - step_s, times_s) + config.track_history_s
    begun = np.floor(ends_s * config.track_rate + 1e-6).astype(np.int64) + 1
    first, stop = np.minimum(begun[:-1], begun[1:] - 1), begun[1:]
    first, stop = np.clip(first, 0, n - 1), np.clip(stop, 1, n)
    place = np.arange(n)[:, None]
    shown = (place >= first) & (place < stop)  # (Tu, times)
    return (shown / shown.sum(0)).astype(np.float32)


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
