"""Features of the videos around windows, as arrays: without torch, which is slow to import."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config.condition import HIGHEST_RATE, ConditionOptions
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.contracts.stores import TRACK_CHANNELS, ListedFiles, VideoFeatures
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.stimuli.tags import BRIGHTNESS

_LOST = 0.25  # share of the variance of a row; most films have less above 12 Hz
_LEAST_SD = 0.01  # of a row above half the rate; other films have less


@dataclass(frozen=True)
class WindowFeatures:
    """Features of n windows of videos."""

    frame_times_s: NDArray[np.float64]  # (n, F) presentation times of the context frames
    clip: NDArray[np.float32]  # (n, F, 768) their CLIP embeddings
    track: NDArray[np.float32]  # (n, K, Tu) stimulus track


def window_features(
    features: VideoFeatures,
    start_s: NDArray[np.float64],
    length_s: float,
    config: ConditionOptions,
) -> WindowFeatures:
    """Cut the features of one video into windows.

    Args:
        features: Of the video.
        start_s: (n,) presentation times at the windows' first samples, s.
        length_s: Window length, s.
        config: Context, frames and track.
    """
    frame_times_s = frame_times(start_s + length_s, config)  # (n, F)
    track_times_s = track_times(start_s, length_s, config)  # (n, Tu)
    track = features.track_at(track_times_s.ravel())  # (K, n * Tu)
    track = track.reshape(len(TRACK_CHANNELS), len(start_s), -1).transpose(1, 0, 2)
    return WindowFeatures(
        frame_times_s, features.clip_at(frame_times_s), np.ascontiguousarray(track)
    )


def frame_times(end_s: NDArray[np.float64], config: ConditionOptions) -> NDArray[np.float64]:
    """Return presentation times of the context frames, (n, F), seconds, oldest first.

    The last frame is the one a step before the window's end. It is on screen until then, so the
    context is causal.
    """
    steps = np.arange(-config.n_frames, 0) * config.context_s / config.n_frames
    return np.maximum(end_s[:, None] + steps, 0.0)


def track_times(
    start_s: NDArray[np.float64], length_s: float, config: ConditionOptions
) -> NDArray[np.float64]:
    """Return the times of the stimulus track, (n, Tu), seconds: history, then the window."""
    n = round((config.track_history_s + length_s) * config.track_rate)
    return start_s[:, None] - config.track_history_s + np.arange(n) / config.track_rate


def read_window_features(
    windows: pd.DataFrame, *, videos: Path, sfreq: float, config: ConditionOptions
) -> WindowFeatures:
    """Read the features of the videos of n windows.

    Args:
        windows: n rows of the `cut` or `windows` table, all with one `n_samples`.
        videos: `video/videos.json`; the features lie beside it.
        sfreq: Rate of the preprocessed EEG, Hz.
        config: Context, frames and track.
    """
    start_s = windows["video_time_s"].to_numpy()
    length_s = int(windows["n_samples"].iloc[0]) / sfreq
    frame_times_s = frame_times(start_s + length_s, config)  # (n, F)
    n_track = track_times(start_s[:1], length_s, config).shape[1]
    clip = np.empty((*frame_times_s.shape, CLIP_WIDTH), np.float32)
    track = np.empty((len(windows), len(TRACK_CHANNELS), n_track), np.float32)
    places = windows.reset_index(drop=True).groupby("video_id", sort=False).indices
    listed = ListedFiles(videos)
    for video_id, rows in places.items():
        features = VideoFeatures.read(listed.path(str(video_id)))
        check_rate(features, config.track_rate, str(video_id))
        part = window_features(features, start_s[rows], length_s, config)
        clip[rows], track[rows] = part.clip, part.track
    return WindowFeatures(frame_times_s, clip, track)


def check_rate(features: VideoFeatures, rate: float, video_id: str) -> None:
    """Refuse a rate of the track that is too low for a flickering stimulus.

    Sampled at 24 Hz, a flicker of 21 Hz looks like one of 3 Hz.

    Args:
        features: Of one stimulus.
        rate: Of the track, Hz.
        video_id: Name of the stimulus, for the error.

    Raises:
        UserError: if over a quarter of the variance of luminance or contrast lies above half the
            rate.
    """
    times_s = features.track_s
    if len(times_s) < 3:
        return
    fps = (len(times_s) - 1) / (times_s[-1] - times_s[0])
    rows = features.track[BRIGHTNESS].astype(np.float64)
    n = rows.shape[1]
    amplitude = np.abs(np.fft.rfft(rows - rows.mean(1, keepdims=True))) / n
    power = 2 * amplitude**2  # (2, frequencies); a row sums to its variance
    fast, all_power = power[:, np.fft.rfftfreq(n, 1 / fps) > rate / 2].sum(1), power.sum(1)
    lost = np.where(fast > _LEAST_SD**2, fast / np.maximum(all_power, _LEAST_SD**2), 0).max()
    enough, named = min((fps, "the frame rate"), (HIGHEST_RATE, "the highest rate"))
    if rate < enough - 0.5 and lost > _LOST:
        raise UserError(
            "condition.track_rate",
            expected=f"{named}, {enough:.4g} Hz: the stimulus {video_id} flickers",
            found=f"{rate:g}, which loses {lost:.0%} of its changes",
            next_step=f"train with condition.track_rate of {enough:.4g} or more",
        )
