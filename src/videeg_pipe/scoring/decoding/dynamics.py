"""Course of brightness and motion within clips, and diversity over clips."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.scoring.stats import pearson


def luminance_r(made: NDArray[np.floating], true: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return Pearson's r over frames between mean brightnesses, (n,).

    Args:
        made: Thumbnails of the reconstructions, (n, F, h, w, 3).
        true: Those of the true clips.

    Returns:
        0 where the reconstruction is constant, NaN where the true clip is.
    """
    return _course_r(made.mean((2, 3, 4)), true.mean((2, 3, 4)))


def motion_r(made: NDArray[np.floating], true: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the same of the mean absolute difference between neighbouring frames, (n,)."""
    return _course_r(*(np.abs(np.diff(of, axis=1)).mean((2, 3, 4)) for of in (made, true)))


def diversity(
    features: NDArray[np.floating], subject: NDArray[Any], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean distance between two clips of a person, averaged over pairs, (B,).

    Args:
        features: (n, ...), such as thumbnails: the distance is then the root mean square, in grey
            levels.
        subject: (n,) person of each row.
        weights: (B, n) of the rows, as from a bootstrap. A row is never paired with itself.
    """
    flat = features.reshape(len(features), -1).astype(np.float64)
    total, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for person in np.unique(subject):
        rows = np.flatnonzero(subject == person)
        own, w = flat[rows] - flat[rows].mean(0), weights[:, rows]
        squares = (own**2).sum(1)
        distance = np.sqrt(np.maximum(squares[:, None] + squares - 2 * own @ own.T, 0))
        np.fill_diagonal(distance, 0)
        total += np.einsum("bi,ij,bj->b", w, distance / np.sqrt(flat.shape[1]), w, optimize=True)
        pairs += w.sum(1) ** 2 - (w**2).sum(1)
    return np.divide(total, pairs, out=np.full(len(total), np.nan), where=pairs > 1e-12)


def concept_entropy(named: NDArray[np.integer], subject: NDArray[Any], n_concepts: int) -> float:
    """Return the entropy of the concepts that the reconstructions of a person show.

    Args:
        named: (n,) concept that a classifier finds in each reconstruction.
        subject: (n,) person of each row.
        n_concepts: Number of concepts, K.

    Returns:
        H / log K, averaged over people: 0 if all show one concept, 1 if all are equally frequent.
    """
    entropies = []
    for person in np.unique(subject):
        share = (
            np.bincount(named[subject == person], minlength=n_concepts) / (subject == person).sum()
        )
        share = share[share > 0]
        entropies.append(-(share * np.log(share)).sum() / np.log(n_concepts))
    return float(np.mean(entropies))


def _course_r(made: NDArray[np.floating], true: NDArray[np.floating]) -> NDArray[np.float64]:
    """Pearson's r of courses (n, frames); NaN where the true one is constant."""
    return np.where(np.ptp(true, axis=1) > 1e-6, pearson(made, true), np.nan)
