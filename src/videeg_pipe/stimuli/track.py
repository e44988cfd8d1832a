"""The stimulus track: what evoked EEG follows faster than a few frames a second can say."""

from collections.abc import Iterator

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from videeg_pipe.contracts.stores import TRACK_CHANNELS

SIZE = 64
"""Pictures are measured on SIZE x SIZE averages of luma: fine detail and sensor noise go."""

_STABILISER = 0.03**2  # of SSIM (Wang et al. 2004) for luma in [0, 1]: keeps blank pictures alike
_LEAST_CHANGE = 0.25
_LEAST_RATIO = 3.0
_NEIGHBOURS = 2  # frames on either side


class StimulusTrack:
    """Measures frames as they pass."""

    def __init__(self) -> None:
        self._times_s: list[float] = []
        self._rows: list[tuple[float, float, float, float]] = []
        self._before: NDArray[np.float32] | None = None
        self._reformatter = VideoReformatter()  # keeps its scaler from frame to frame

    def watch(
        self, shown: Iterator[tuple[float, av.VideoFrame]]
    ) -> Iterator[tuple[float, av.VideoFrame]]:
        """Pass frames on, each after it is measured."""
        for time, frame in shown:
            self._times_s.append(time)
            self._rows.append(self._measure(frame))
            yield time, frame

    def _measure(self, frame: av.VideoFrame) -> tuple[float, float, float, float]:
        """Luminance, contrast, motion energy and structural change of a frame."""
        small = self._reformatter.reformat(
            frame, width=SIZE, height=SIZE, format="gray", interpolation="AREA", threads=1
        )
        y = small.to_ndarray().astype(np.float32) / np.float32(
            255
        )  # (SIZE, SIZE), 0 black to 1 white
        before = y if self._before is None else self._before
        self._before = y
        motion = np.abs(y - before).mean()
        return float(y.mean()), float(y.std()), float(motion), structural_change(before, y)

    def arrays(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return what was measured.

        Returns:
            Track (4, m), rows as TRACK_CHANNELS: luminance, the mean of luma from 0 (black) to 1
            (white); contrast, its standard deviation; motion energy, the mean absolute difference
            to the frame before; cut, 1 at the first frame of a new scene and 0 elsewhere. And the
            presentation times (m,), seconds.
        """
        rows = np.array(self._rows, dtype=np.float32).reshape(-1, len(TRACK_CHANNELS)).T
        return np.vstack([rows[:3], cuts(rows[3])]), np.array(self._times_s)


def structural_change(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """One minus the contrast-structure term of SSIM between two whole pictures.

    0 for equal pictures and for one that only gets lighter or darker, about 1 for unrelated ones,
    up to 2 for a negative.
    """
    a, b = before - before.mean(), after - after.mean()
    covariance = np.vdot(a, b) / a.size
    variances = (np.vdot(a, a) + np.vdot(b, b)) / a.size
    return float(1 - (2 * covariance + _STABILISER) / (variances + _STABILISER))


def cuts(change: NDArray[np.float32]) -> NDArray[np.float32]:
    """Find scene changes in the structural change from frame to frame.

    A cut is a change of at least 0.25 that is also three times the mean of its neighbours', two on
    either side: a pan or a flickering picture changes as much, but goes on. A change of brightness
    alone is none, nor is a slow fade; a cut between pictures that differ in colour alone is missed.

    Args:
        change: (m,) structural change to the frame before.

    Returns:
        (m,) 1 at cuts, else 0.
    """
    measured = np.r_[0.0, np.ones(len(change) - 1)]  # nothing stands before the first frame
    around = np.r_[np.ones(_NEIGHBOURS), 0, np.ones(_NEIGHBOURS)]
    total, count = (
        np.convolve(row, around)[_NEIGHBOURS : _NEIGHBOURS + len(change)]
        for row in (change * measured, measured)
    )
    stands_out = change >= _LEAST_RATIO * total / np.maximum(count, 1)
    return ((change >= _LEAST_CHANGE) & stands_out).astype(np.float32)
