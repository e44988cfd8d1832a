"""Joining overlapping windows to continuous EEG."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

_MARGIN = 2
"""Windows on both sides of a batch that are drawn again, so that its windows know them."""
Draw = Callable[[list[int]], NDArray[np.float32]]
"""Draws the windows that begin at some samples, (B, C, T)."""


def joined(
    draw: Draw, n_samples: int, length: int, batch_size: int
) -> Iterator[NDArray[np.float32]]:
    """Yield continuous EEG piece by piece, (C, n) each, together `n_samples` long.

    A window begins every half window, so that two overlap everywhere. Weights rise and fall as a
    squared sine and sum to 1: windows that agree keep their power.

    Args:
        draw: Draws windows; those of one call agree where they overlap.
        n_samples: Samples in the result.
        length: Samples per window, T.
        batch_size: Windows per call of `draw`, at least two, without the margin.
    """
    hop = length // 2
    rise = np.sin(np.pi / 2 * (np.arange(hop) + 0.5) / hop) ** 2  # (hop,)
    starts = list(range(-hop, n_samples, hop))
    falling: NDArray[np.float32] | None = None  # the second half of the window before
    done = 0
    for first in range(0, len(starts), batch_size):
        low, high = max(0, first - _MARGIN), first + batch_size
        windows = draw(starts[low : high + _MARGIN])
        pieces = []
        for window in windows[first - low : high - low]:
            if falling is not None:
                pieces.append(falling * (1 - rise) + window[:, :hop] * rise)
            falling = window[:, hop : 2 * hop]
        if pieces:
            piece = np.concatenate(pieces, axis=1)[:, : n_samples - done].astype(np.float32)
            done += piece.shape[1]
            yield piece
