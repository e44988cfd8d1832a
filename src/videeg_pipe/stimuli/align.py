"""Alignment of features with different rates to one time grid (the paper's Eq. 1)."""

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.stores import interpolate

_COLUMNS = 64
"""Features that are resampled at a time: all of them take 44 MB per hour of video, in float64."""
_LEAST = 1e-6  # weight at a window's edge, for grid points inside only one window


def steps(duration_s: float, rate: float) -> NDArray[np.float64]:
    """Return times 0, 1 / rate, 2 / rate ... before `duration_s`, in seconds."""
    return np.arange(max(1, int(np.ceil(duration_s * rate - 1e-6)))) / rate


def align(
    values: NDArray[np.float32],
    times_s: NDArray[np.float64],
    grid_s: NDArray[np.float64],
    *,
    window_s: float,
    overlap: float,
) -> NDArray[np.float32]:
    """Resample features onto a grid in sliding windows.

    Reading of Eq. 1, A_t = Interp(V_t, E_t, w): V_t are features at their own times, E_t is the
    common timeline, and Interp is linear interpolation of the samples of V inside a window of w
    seconds. A window uses no sample outside it: its first and last sample are held at its edges.
    Overlapping windows are averaged with weights that rise and fall linearly over the overlap, so
    that held edges count least and no seam remains. Samples on the grid are unchanged. A grid point
    uses no sample later than the first one after it, so features are causal to within one sample.

    Args:
        values: (n, ...) features.
        times_s: (n,) their times in seconds, ascending.
        grid_s: (m,) times of the grid, ascending.
        window_s: Length w of a window in seconds; the last one reaches the end of the grid.
        overlap: Share of a window that overlaps the next, in [0, 1).

    Returns:
        (m, ...) features on the grid.
    """
    columns = values.reshape(len(values), -1)
    aligned = np.empty((len(grid_s), columns.shape[1]), values.dtype)
    for first in range(0, columns.shape[1], _COLUMNS):
        part = slice(first, first + _COLUMNS)
        aligned[:, part] = _aligned(columns[:, part], times_s, grid_s, window_s, overlap)
    return aligned.reshape(len(grid_s), *values.shape[1:])


def _aligned(
    values: NDArray[np.float32],
    times_s: NDArray[np.float64],
    grid_s: NDArray[np.float64],
    window_s: float,
    overlap: float,
) -> NDArray[np.float64]:
    """Resample some columns, (n, k), to (m, k)."""
    hop_s = window_s * (1 - overlap)
    total = np.zeros((len(grid_s), values.shape[1]))
    weights = np.zeros((len(grid_s), 1))
    n_hops = np.ceil((grid_s[-1] - grid_s[0] - window_s) / hop_s - 1e-9)
    for place in range(max(0, int(n_hops)) + 1):
        start = grid_s[0] + place * hop_s
        points = _within(grid_s, start, start + window_s)
        samples = _within(times_s, start, start + window_s)
        if samples.start == samples.stop:  # a gap longer than the window: hold the last sample
            before = max(samples.start - 1, 0)
            samples = slice(before, before + 1)
        weight = _cross_fade(grid_s[points] - start, window_s, overlap)[:, None]
        total[points] += weight * interpolate(values[samples], times_s[samples], grid_s[points])
        weights[points] += weight
    return total / weights


def _within(times_s: NDArray[np.float64], start: float, stop: float) -> slice:
    """Slice of ascending times in [start, stop], to a microsecond."""
    edges = np.searchsorted(times_s, [start - 1e-6, stop + 1e-6])
    return slice(int(edges[0]), int(edges[1]))


def _cross_fade(
    since_s: NDArray[np.float64], window_s: float, overlap: float
) -> NDArray[np.float64]:
    """Weight of a window at times after its start: 1 inside, falling linearly over the overlap."""
    to_edge_s = np.minimum(since_s, window_s - since_s)
    fade_s = max(overlap * window_s, _LEAST)
    return np.clip(to_edge_s / fade_s, _LEAST, 1)
