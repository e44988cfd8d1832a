"""Forward model from cortical currents to electrodes: MNE's three-layer sphere."""

from functools import cache
from typing import Any

import mne
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions

SOURCES: tuple[str, ...] = (
    *("O1", "OZ", "O2", "PO7", "PO8", "POZ", "P7", "P8", "P3", "PZ", "P4", "TP7", "TP8"),
    *("CP3", "CPZ", "CP4", "T7", "T8", "FC3", "FCZ", "FC4", "F3", "F4"),
)
"""Cortical sources of the evoked part, named after the electrodes above them."""
N_SOURCES = len(SOURCES)

_REFERENCE = "CCPZ"  # the place between CZ and CPZ
_CORTEX = 0.76  # distance of the cortex from the centre, in radii of the head
_N_BACKGROUND = 400  # dipoles on the whole sphere; about two thirds lie in the cortex
_LOWEST = -0.35  # lower end of the cortex above the centre, in its radii


@cache
def _head() -> tuple[mne.Info, Any]:
    names = (*SEED_DV_CHANNELS, _REFERENCE)
    positions = dict(zip(names, electrode_positions(names), strict=True))
    montage = mne.channels.make_dig_montage(positions, coord_frame="head")
    info = mne.create_info(list(names), 1000.0, "eeg").set_montage(montage, verbose="error")
    sphere = mne.make_sphere_model("auto", "auto", info, verbose="error")
    return info, sphere


def lead_field(
    directions: NDArray[np.float64], orientations: NDArray[np.float64], depth: float = _CORTEX
) -> NDArray[np.float64]:
    """Compute potentials of unit dipoles against the recorded reference.

    Args:
        directions: (S, 3) from the sphere's centre, any length.
        orientations: (S, 3), any length.
        depth: Distance from the centre, in radii of the head.

    Returns:
        (62, S) in SEED-DV's order, volts for a current of 1 Am.
    """
    info, sphere = _head()
    places = depth * sphere.radius * _unit(directions) + sphere["r0"]
    normals = _unit(orientations)
    space = mne.setup_volume_source_space(
        pos={"rr": places, "nn": normals}, sphere=sphere, verbose="error"
    )
    forward = mne.make_forward_solution(
        info, trans=None, src=space, bem=sphere, meg=False, mindist=0.0, verbose="error"
    )
    free = forward["sol"]["data"].reshape(len(info.ch_names), len(places), 3)
    potentials = np.einsum("csx,sx->cs", free, normals)
    return potentials[:-1] - potentials[-1]


def electrode_directions(names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return unit vectors from the sphere's centre to electrodes, (S, 3)."""
    return _unit(electrode_positions(names) - _head()[1]["r0"])


def source_topographies(
    shift: NDArray[np.float64], tilt: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return topographies of `SOURCES`, (62, N_SOURCES), for a person with these deviations.

    Args:
        shift: (N_SOURCES, 3) added to the direction of the source.
        tilt: (N_SOURCES, 3) added to its orientation, which is radial otherwise.
    """
    directions = _unit(electrode_directions(SOURCES) + shift)
    return lead_field(directions, directions + tilt)


def background_topographies(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return topographies of nearly radial dipoles all over the cortex, (62, about 270)."""
    golden = np.pi * (3 - np.sqrt(5))
    height = 1 - (2 * np.arange(_N_BACKGROUND) + 1) / _N_BACKGROUND
    turn = golden * np.arange(_N_BACKGROUND)
    flat = np.sqrt(1 - height**2)
    grid = np.stack([flat * np.cos(turn), flat * np.sin(turn), height], axis=1)
    grid = grid[height > _LOWEST]
    return lead_field(grid, grid + 0.5 * rng.standard_normal(grid.shape))


def mix(maps: NDArray[Any], courses: NDArray[Any]) -> NDArray[Any]:
    """Return potentials (62, N) of sources with maps (62, K) and courses (K, N).

    Unlike BLAS's matrix product, the rounding does not depend on the number of threads.
    """
    return np.einsum("ck,kn->cn", maps, courses)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
