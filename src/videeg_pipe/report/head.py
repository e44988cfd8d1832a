"""The head of interactive pages: electrodes on a flat head, and the weights of a scalp map."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.montage import FEW, sphere_centre

_GRID = 36
"""Points along one side of a map."""
_DISC = 0.13
"""Radius of the disc of one of few electrodes, in radii of the head."""
LARGEST = np.iinfo(np.int16).max


def head_data(
    channels: Sequence[str], positions: NDArray[np.float64], sfreq: float
) -> dict[str, Any]:
    """Pack what `drawing.js` knows about a head.

    Args:
        channels: C names.
        positions: (C, 3), x to the right and y to the nose.
        sfreq: Sampling rate, Hz.

    Returns:
        JSON-able: `channels`, `sfreq`, `bands`, the electrodes' `places` on a flat head (C x 2,
        nose up, 1 at the head's edge), and the `map` that interpolates electrode values at points
        inside the head.
    """
    places = flat_places(positions)
    return {
        "sfreq": float(sfreq),
        "channels": [str(name) for name in channels],
        "places": places.round(4).tolist(),
        "map": _map(places),
        "bands": {name: list(edges) for name, edges in BANDS.items()},
    }


def flat_places(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Project electrodes on a flat head: azimuthal equidistant from the top of their sphere.

    Args:
        positions: (C, 3), x to the right and y to the nose.

    Returns:
        (C, 2); the equator of the sphere has radius 1.
    """
    directions = positions - sphere_centre(positions)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    radius = np.arccos(directions[:, 2]) / (np.pi / 2)
    across = np.linalg.norm(directions[:, :2], axis=1)
    return directions[:, :2] * (radius / np.maximum(across, 1e-9))[:, None]


def packed(values: NDArray[Any]) -> str:
    """Round to int16 and encode as base64, little-endian, in C order."""
    return base64.b64encode(np.rint(values).astype("<i2").tobytes()).decode()


def _map(places: NDArray[np.float64]) -> dict[str, Any]:
    """Weights per electrode and grid point: thin-plate splines through the electrodes.

    Few electrodes are discs: between and beyond them nothing is known.
    """
    edge = max(1.0, float(np.linalg.norm(places, axis=1).max()))
    side = np.linspace(-edge, edge, _GRID)
    x, y = np.meshgrid(side, -side)  # the nose is up
    inside = np.flatnonzero(np.hypot(x, y).ravel() <= edge * (1 + 1 / _GRID))
    points = np.stack([x.ravel(), y.ravel()], 1)[inside]
    if len(places) < FEW:
        distances = np.linalg.norm(points[:, None] - places, axis=-1)  # (points, C)
        near = distances.min(axis=1) < _DISC
        inside, weights = inside[near], np.eye(len(places))[distances[near].argmin(axis=1)]
    else:
        weights = _splines(places, points)
    step = float(np.abs(weights).max()) / LARGEST
    return {
        "size": _GRID,
        "edge": round(edge, 4),
        "inside": packed(inside),
        "step": step,
        "weights": packed(weights / step),
    }


def _splines(places: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight of each electrode at each point, (points, C), for thin-plate splines.

    Each map is a plane and a weighted sum of r^2 log r, r being the distance to an electrode. SciPy
    computes the same, but its import takes a quarter of a second, for which a browser would wait.
    """

    def kernel(at: NDArray[np.float64]) -> NDArray[np.float64]:
        squared = np.square(at[:, None] - places).sum(axis=-1)
        return squared * np.log(np.maximum(squared, np.finfo(float).tiny))  # (at, C)

    def plane(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([np.ones(len(at)), at])

    n = len(places)
    system = np.block([[kernel(places), plane(places)], [plane(places).T, np.zeros((3, 3))]])
    solved = np.linalg.solve(system, np.eye(n + 3, n))
    return np.hstack([kernel(points), plane(points)]) @ solved
