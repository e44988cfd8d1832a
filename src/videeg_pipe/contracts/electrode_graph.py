"""Electrode graphs, by distance on the scalp."""

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.montage import sphere_centre

_NEGLIGIBLE = 0.01  # relative to the weight of an electrode with itself


def scalp_distances(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute great-circle distances on the best-fitting sphere.

    Args:
        positions: (C, 3), metres.

    Returns:
        (C, C), metres.
    """
    spokes = positions - sphere_centre(positions)
    lengths = np.linalg.norm(spokes, axis=1, keepdims=True)
    directions = spokes / lengths
    # the angle from its half-chord: arccos is inexact for close electrodes
    chords = np.linalg.norm(directions[:, None] - directions[None], axis=-1)
    return 2 * lengths.mean() * np.arcsin(np.clip(chords / 2, 0, 1))


def electrode_adjacency(distances: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Compute a Gaussian kernel of distances, exp(-d^2 / (2 (scale d0)^2)).

    Args:
        distances: (C, C).
        scale: Width of the kernel, in units of d0, the mean distance to the nearest electrode.

    Returns:
        (C, C) weights in [0, 1], zero on the diagonal and where they are negligible.
    """
    others = distances + np.diag(np.full(len(distances), np.inf))
    d0 = others.min(axis=1).mean()
    weights = np.exp(-(others**2) / (2 * (scale * d0) ** 2))
    return np.where(weights < _NEGLIGIBLE, 0.0, weights)
