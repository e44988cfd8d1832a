"""Data of the window explorer, for the page's script."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.montage import FEW, sphere_centre
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.stimuli.video import frames_at

_MAX_VALUES = 3_000_000
"""Largest number of values of all windows, real and generated: 8 MB of the page."""
_GRID = 36
"""Points along one side of a map."""
_DISC = 0.13
"""Radius of the disc of one of few electrodes, in radii of the head."""
_FRAME_PIXELS = 144
_LARGEST = np.iinfo(np.int16).max


def explorer(
    arrays: Mapping[str, NDArray[Any]], frames: Mapping[str, str], correlate: bool = True
) -> dict[str, Any]:
    """Pack the example windows.

    Args:
        arrays: figures.npz.
        frames: Window to the frame on the screen, from `screens`.
        correlate: Whether the page shows the correlation of a real and a generated window.

    Returns:
        JSON-able: `correlate`, `windows` with their EEG in int16 (base64, little-endian, C x T) of
        `step` uV, `channels`, their `places` on a flat head (C x 2, nose up, 1 at the head's edge),
        and the `map` that interpolates electrode values at points inside the head.
    """
    real, generated = arrays["trace_real"], arrays["trace_generated"]
    n = min(len(real), _MAX_VALUES // (2 * real[0].size))
    places = flat_places(arrays["positions"])
    windows = []
    for row in range(n):
        step = float(max(np.abs(real[row]).max(), np.abs(generated[row]).max())) / _LARGEST or 1.0
        name = str(arrays["trace_window"][row])
        windows.append(
            {
                "id": name,
                "subject": str(arrays["trace_subject"][row]),
                "concept": str(arrays["trace_concept"][row]),
                "step": step,
                "real": _packed(real[row] / step),
                "generated": _packed(generated[row] / step),
                "frame": frames.get(name),
            }
        )
    return {
        "correlate": correlate,
        "sfreq": float(arrays["sfreq"]),
        "channels": [str(name) for name in arrays["channels"]],
        "places": places.round(4).tolist(),
        "map": _map(places),
        "bands": {name: list(edges) for name, edges in BANDS.items()},
        "windows": windows,
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


def screens(arrays: Mapping[str, NDArray[Any]], videos: Path) -> dict[str, str]:
    """Return the frame in the middle of each example window, as a small JPEG.

    Windows of videos that may not be redistributed are left out.

    Args:
        arrays: figures.npz.
        videos: The `videos` table.

    Returns:
        Window to `data:` URL.
    """
    table = read_table(videos, "videos").set_index("video_id")
    half_s = arrays["trace_real"].shape[-1] / arrays["sfreq"] / 2
    times_s = arrays["trace_time_s"] + half_s
    shown = {}
    for video in np.unique(arrays["trace_video"]):
        about = table.loc[str(video)]
        if not about["redistributable"]:
            continue
        rows = np.flatnonzero(arrays["trace_video"] == video)
        rows = rows[np.argsort(times_s[rows], kind="stable")]
        for index, picture in frames_at(Path(about["path"]), times_s[rows], _FRAME_PIXELS):
            buffer = io.BytesIO()
            matplotlib.image.imsave(
                buffer, picture, format="jpeg", pil_kwargs={"quality": 75, "optimize": True}
            )
            text = base64.b64encode(buffer.getvalue()).decode()
            shown[str(arrays["trace_window"][rows[index]])] = f"data:image/jpeg;base64,{text}"
    return shown


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
        weights = RBFInterpolator(places, np.eye(len(places)))(points)  # (points, C)
    step = float(np.abs(weights).max()) / _LARGEST
    return {
        "size": _GRID,
        "edge": round(edge, 4),
        "inside": _packed(inside),
        "step": step,
        "weights": _packed(weights / step),
    }


def _packed(values: NDArray[Any]) -> str:
    return base64.b64encode(np.rint(values).astype("<i2").tobytes()).decode()
