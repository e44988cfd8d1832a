"""Small numbers that describe clips: thumbnails, and features of what they show.

Clips are frames (n, F, H, W, 3), uint8. They are read in batches, so they may lie in a file.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_BATCH = 32
"""Clips in memory as floating-point numbers at a time."""
_THUMBNAIL = (12, 16)
_LAYOUT = (3, 4)
"""Rows and columns of thumbnails, and of the coarse picture among the features."""
_LEVELS = 4
"""Steps of each colour in the histogram."""
_RINGS = 6
"""Bands of spatial frequency."""


def thumbnails(
    frames: NDArray[np.uint8], size: tuple[int, int] = _THUMBNAIL
) -> NDArray[np.float32]:
    """Average the pixels of each frame over a grid, (n, F, rows, columns, 3), 0 to 255."""
    return _by_batch(frames, lambda clips: _grid_means(clips, size))


def picture_features(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe what clips show, (n, D): colours, layout, texture and motion, averaged over frames.

    Returns:
        Histogram of colours (64), coarse picture (36), mean log power of the luminance by spatial
        frequency and by direction (12), mean and spread over frames of brightness and of the
        difference between frames (4).
    """
    return _by_batch(frames, _describe)


def _by_batch(
    frames: NDArray[np.uint8], function: Callable[[NDArray[np.float32]], NDArray[np.floating]]
) -> NDArray[np.float32]:
    starts = range(0, len(frames), _BATCH)
    batches = [function(frames[at : at + _BATCH].astype(np.float32)) for at in starts]
    return np.concatenate(batches, dtype=np.float32)


def _describe(clips: NDArray[np.float32]) -> NDArray[np.float32]:
    n = len(clips)
    light = clips.mean(-1)  # (n, F, H, W)
    level = light.mean((2, 3))
    change = np.abs(np.diff(clips, axis=1)).mean((2, 3, 4)) if clips.shape[1] > 1 else 0 * level
    courses = [of(course, axis=1) for course in (level, change) for of in (np.mean, np.std)]
    return np.concatenate(
        [
            10 * np.sqrt(_colours(clips)),
            _grid_means(clips, _LAYOUT).mean(1).reshape(n, -1) / 64,
            _texture(light),
            np.stack(courses, 1) / 32,
        ],
        axis=1,
        dtype=np.float32,
    )


def _grid_means(clips: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.floating]:
    for axis, cells in zip((2, 3), size, strict=True):
        edges = np.linspace(0, clips.shape[axis], min(cells, clips.shape[axis]) + 1).astype(int)
        widths = np.diff(edges).astype(np.float32)
        sums = np.add.reduceat(clips, edges[:-1], axis=axis)
        clips = np.moveaxis(np.moveaxis(sums, axis, -1) / widths, -1, axis)
    return clips


def _colours(clips: NDArray[np.float32]) -> NDArray[np.float64]:
    """Shares of the pixels per cell of a grid over the colours, (n, _LEVELS ** 3)."""
    steps = (clips * (_LEVELS / 256)).astype(np.intp)
    cell = (steps @ np.array([_LEVELS**2, _LEVELS, 1])).reshape(len(clips), -1)
    counts = [np.bincount(of, minlength=_LEVELS**3) for of in cell]
    return np.array(counts) / cell.shape[1]


def _texture(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log power of frames (n, F, H, W) per ring and per direction, (n, 2 * _RINGS)."""
    height, width = light.shape[2:]
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    power = np.abs(np.fft.rfft2((light - light.mean((2, 3), keepdims=True)) * window)) ** 2
    power = power.mean(1).reshape(len(light), -1)  # over frames
    y, x = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    radius, angle = np.hypot(y, x).ravel(), np.mod(np.arctan2(y, x), np.pi).ravel()
    inside = (radius > 0) & (radius <= 0.5)
    edges = np.geomspace(1 / min(height, width), 0.5, _RINGS + 1)[1:-1]
    groups = (np.digitize(radius, edges), np.minimum(angle * _RINGS / np.pi, _RINGS - 1))
    cells = [inside & (of.astype(int) == cell) for of in groups for cell in range(_RINGS)]
    sums = [power[:, cell].sum(1) / max(1, cell.sum()) for cell in cells]
    return np.log(np.stack(sums, axis=1) + 1)
