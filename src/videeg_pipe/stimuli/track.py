"""Stimulus track: luminance, contrast, motion and cuts at the video's own frame rate."""

from array import array
from collections.abc import Iterator

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from videeg_pipe.contracts.stores import TRACK_CHANNELS

SIZE = 64
"""Pictures are measured on SIZE x SIZE averages of luma, without fine detail and sensor noise."""

# of SSIM (Wang et al. 2004) for luma in [0, 1]: blank pictures count as equal
_STABILISER = 0.03**2
_LEAST_CHANGE = 0.25
_LEAST_RATIO = 3.0
_NEIGHBOURS = 2  # frames on either side


class StimulusTrack:
    """Measures frames as they are passed on."""

    def __init__(self) -> None:
        # a frame takes 40 bytes, a fifth of a tuple's
        self._times_s, self._values = array("d"), array("d")
        self._before: NDArray[np.float32] | None = None
        self._reformatter = VideoReformatter()  # keeps its scaler from frame to frame

    def watch(
        self, shown: Iterator[tuple[float, av.VideoFrame]]
    ) -> Iterator[tuple[float, av.VideoFrame]]:
        """Yield the frames, each after it is measured."""
        for time, frame in shown:
            self._times_s.append(time)
            self._values.extend(self._measure(frame))
            yield time, frame

    def _measure(self, frame: av.VideoFrame) -> tuple[float, float, float, float]:
        """Luminance, contrast, motion energy and structural change of a frame."""
        small = self._reformatter.reformat(
            frame, width=SIZE, height=SIZE, format="gray", interpolation="AREA", threads=1
        )
        # (SIZE, SIZE), 0 black to 1 white
        y = small.to_ndarray().astype(np.float32) / np.float32(255)
        before = y if self._before is None else self._before
        self._before = y
        motion = np.abs(y - before).mean()
        return float(y.mean()), float(y.std()), float(motion), structural_change(before, y)

    def arrays(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return the track and the presentation times.

        Returns:
            Track (4, m), rows as TRACK_CHANNELS: luminance, the mean of luma from 0 (black) to 1
            (white); contrast, its standard deviation; motion energy, the mean absolute difference
            to the previous frame; cut, 1 at the first frame of a new scene, else 0. Presentation
            times (m,), seconds.
        """
        rows = np.array(self._values, dtype=np.float32).reshape(-1, len(TRACK_CHANNELS)).T
        return np.vstack([rows[:3], cuts(rows[3])]), np.array(self._times_s)


def structural_change(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """Return one minus the contrast-structure term of SSIM between two whole pictures.

    0 for pictures that are equal or differ only in brightness, about 1 for unrelated ones, up to 2
    for a negative.
    """
    a, b = before - before.mean(), after - after.mean()
    covariance = np.vdot(a, b) / a.size
    variances = (np.vdot(a, a) + np.vdot(b, b)) / a.size
    return float(1 - (2 * covariance + _STABILISER) / (variances + _STABILISER))


def cuts(change: NDArray[np.float32]) -> NDArray[np.float32]:
    """Find scene changes in the structural change from frame to frame.

    A cut is a change of at least 0.25 and at least three times the mean of its neighbours, two on
    either side: a pan or flicker changes as much, but from frame to frame. A change of brightness
    or a slow fade is not a cut. A cut between pictures that differ only in colour is missed.

    Args:
        change: (m,) structural change to the previous frame.

    Returns:
        (m,) 1 at cuts, else 0.
    """
    measured = np.r_[0.0, np.ones(len(change) - 1)]  # the first frame has no change
    around = np.r_[np.ones(_NEIGHBOURS), 0, np.ones(_NEIGHBOURS)]
    total, count = (
        np.convolve(row, around)[_NEIGHBOURS : _NEIGHBOURS + len(change)]
        for row in (change * measured, measured)
    )
    stands_out = change >= _LEAST_RATIO * total / np.maximum(count, 1)
    return ((change >= _LEAST_CHANGE) & stands_out).astype(np.float32)
