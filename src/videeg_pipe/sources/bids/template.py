"""Comparison of named electrodes with the 10-05 template.

Symbols: the template's places are s R x + t of the measured x, with scale s, rotation R and
translation t (Umeyama 1991).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.montage import standard_positions

_MIN_NAMED = 4


@dataclass(frozen=True)
class Fit:
    """The best fit of measured positions to the template."""

    names: list[str]
    scale: float  # template per measured
    rotation: NDArray[np.float64]  # (3, 3)
    residuals: NDArray[np.float64]  # (n,) metres, after the fit with scale
    displacements: NDArray[np.float64]  # (n,) metres, of the positions as measured
    offsets: NDArray[np.float64]  # (n, 3), of the measured positions from their centre
    measured_centre: NDArray[np.float64]  # (3,)
    template_centre: NDArray[np.float64]  # (3,)

    @property
    def rotation_deg(self) -> float:
        """Angle of the rotation."""
        return float(np.degrees(np.arccos(np.clip((np.trace(self.rotation) - 1) / 2, -1, 1))))

    @property
    def turned_m(self) -> float:
        """RMS distance by which the rotation alone moves electrodes, around their centre."""
        moved = self.offsets @ (self.rotation - np.eye(3)).T
        return float(np.sqrt((moved**2).sum(axis=1).mean()))

    @property
    def shift_m(self) -> float:
        """Distance of the two centres."""
        return float(np.linalg.norm(self.measured_centre - self.template_centre))

    @property
    def worst(self) -> tuple[str, float]:
        """Electrode with the largest residual, and this residual in metres."""
        return self._largest(self.residuals)

    @property
    def farthest(self) -> tuple[str, float]:
        """Electrode farthest from its place, as measured, and this distance in metres."""
        return self._largest(self.displacements)

    def _largest(self, values: NDArray[np.float64]) -> tuple[str, float]:
        return self.names[int(values.argmax())], float(values.max())

    def move(self, xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn and shift positions onto the template; the size of the head stays."""
        return (xyz - self.measured_centre) @ self.rotation.T + self.template_centre


def compare(names: Sequence[str], xyz: NDArray[np.float64]) -> Fit | None:
    """Fit measured electrodes to the template.

    Args:
        names: n names; those of 10-05 count, in any letter case.
        xyz: (n, 3), in any unit.

    Returns:
        The fit, or None where fewer than four names or than half of them are known: other
        systems, such as BioSemi's A1 to H32, share some of them.
    """
    template = standard_positions()
    known = [place for place, name in enumerate(names) if name.upper() in template]
    if len(known) < max(_MIN_NAMED, len(names) / 2):
        return None
    x = xyz[known]
    y = np.stack([template[names[place].upper()] for place in known])
    dx, dy = x - x.mean(axis=0), y - y.mean(axis=0)
    u, values, vt = np.linalg.svd(dy.T @ dx)
    signs = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])  # a rotation, not a mirror
    rotation = (u * signs) @ vt
    scale = float((values * signs).sum() / (dx**2).sum())
    return Fit(
        [names[place] for place in known],
        scale,
        rotation,
        np.linalg.norm(scale * dx @ rotation.T - dy, axis=1),
        np.linalg.norm(x - y, axis=1),
        dx,
        x.mean(axis=0),
        y.mean(axis=0),
    )
