"""Whether a reconstruction is nearer to its own clip than to other clips."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

CHANCE = 0.5


def identify(
    made: NDArray[np.floating],
    true: NDArray[np.floating],
    groups: list[NDArray[np.intp]],
    run: NDArray[Any],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of other clips that each reconstruction is farther from than from its own.

    Similarity is the cosine of deviations from the mean over the group, taken from reconstructions
    and from true clips separately: a regression shrinks its answers towards the training mean, so
    neither their contrast nor a constant offset counts. Ties, as of one answer to all EEG, count
    half.

    Args:
        made: Features of the reconstructions, (n, ...).
        true: Features of the true clips.
        groups: Rows whose clips are each other's rivals, of each recording.
        run: (n,) run of each row.

    Returns:
        The share among all other clips of the group, and among the other clips of the run, where
        the concept does not help: (n,) each, NaN where there is none.
    """
    among_all, within = np.full(len(made), np.nan), np.full(len(made), np.nan)
    for rows in groups:
        a, b = (_unit(features[rows] - features[rows].mean(0)) for features in (made, true))
        similar = np.round(a @ b.T, 9)  # equal clips tie, whatever the order of summation
        own = similar.diagonal()[:, None]
        farther = (own > similar) + 0.5 * (own == similar)
        other = ~np.eye(len(rows), dtype=bool)
        among_all[rows] = _share(farther, other)
        within[rows] = _share(farther, other & (run[rows][:, None] == run[rows]))
    return among_all, within


def _unit(features: NDArray[np.floating]) -> NDArray[np.float64]:
    flat = features.reshape(len(features), -1).astype(np.float64)
    norm = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.divide(flat, norm, out=np.zeros_like(flat), where=norm > 1e-9)


def _share(farther: NDArray[np.float64], among: NDArray[np.bool_]) -> NDArray[np.float64]:
    n = among.sum(1)
    return np.divide((farther * among).sum(1), n, out=np.full(len(n), np.nan), where=n > 0)
