"""SEED-DV's 62 electrodes and the 10-05 template: names, positions on the head and regions."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError

FEW = 16
"""Fewer electrodes do not determine the sphere of a head, or the spread between electrodes."""

HEAD_CENTRE_M = (0.0, 0.0, 0.04)
"""Centre of an average head's sphere, in head coordinates."""

_ORDER = """
FP1 FPZ FP2 AF3 AF4 F7 F5 F3 F1 FZ F2 F4 F6 F8 FT7 FC5
FC3 FC1 FCZ FC2 FC4 FC6 FT8 T7 C5 C3 C1 CZ C2 C4 C6 T8
TP7 CP5 CP3 CP1 CPZ CP2 CP4 CP6 TP8 P7 P5 P3 P1 PZ P2 P4
P6 P8 PO7 PO5 PO3 POZ PO4 PO6 PO8 CB1 O1 OZ O2 CB2
"""
SEED_DV_CHANNELS: tuple[str, ...] = tuple(_ORDER.split())
"""Order of SEED-DV's arrays, 0 to 61."""

REGIONS: dict[str, tuple[str, ...]] = {
    "frontal": SEED_DV_CHANNELS[0:14],  # FP1 to F8
    "central": SEED_DV_CHANNELS[15:22] + SEED_DV_CHANNELS[24:31],  # FC5 to FC6, C5 to C6
    "temporal": ("FT7", "FT8", "T7", "T8", "TP7", "TP8"),
    "parietal": SEED_DV_CHANNELS[33:40] + SEED_DV_CHANNELS[41:50],  # CP5 to CP6, P7 to P8
    "occipital": SEED_DV_CHANNELS[50:62],  # PO7 to CB2
}
"""Five regions of the 62 electrodes. FC and CP lie between two regions; either would do."""

# CB1 and CB2 are in no MNE montage. Caps have them below PO7 and PO8, on the ring of the inion;
# the 10-5 names of these positions are PO9 and PO10.
_STAND_INS = {"CB1": "PO9", "CB2": "PO10"}


def sphere_centre(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the centre of the best-fitting sphere; of few electrodes, an average head's.

    Args:
        positions: Head coordinates, (C, 3), metres.
    """
    if len(positions) < FEW:
        return np.array(HEAD_CENTRE_M)
    # |p|^2 = 2 p.c + (r^2 - |c|^2) is linear in the centre c and the bracket
    design = np.column_stack([2 * positions, np.ones(len(positions))])
    return np.linalg.lstsq(design, (positions**2).sum(axis=1))[0][:3]


@cache
def standard_positions() -> dict[str, NDArray[np.float64]]:
    """Return the 10-05 template: names in capitals to head coordinates, (3,), metres."""
    import mne  # takes half a second, which users of the constants need not wait for

    montage = mne.channels.make_standard_montage("colin27_1005")  # in its own MRI's coordinates
    montage = mne.channels.montage.transform_to_head(montage)
    positions = {name.upper(): xyz for name, xyz in montage.get_positions()["ch_pos"].items()}
    return positions | {name: positions[near] for name, near in _STAND_INS.items()}


def electrode_positions(names: tuple[str, ...] = SEED_DV_CHANNELS) -> NDArray[np.float64]:
    """Return the positions of standard electrodes.

    Args:
        names: 10-5 names, in any letter case, or CB1 and CB2.

    Returns:
        Head coordinates, (C, 3), metres.

    Raises:
        UserError: for a name without a standard position.
    """
    known = standard_positions()
    missing = [name for name in names if name.upper() not in known]
    if missing:
        raise UserError(
            "electrode positions",
            expected="10-5 names, CB1 or CB2",
            found=", ".join(missing),
            next_step="give the positions with the data or leave the channels out",
        )
    return np.stack([known[name.upper()] for name in names])


def electrode_regions(
    names: Sequence[str],
    positions: NDArray[np.float64],
    regions: Mapping[str, tuple[str, ...]] = REGIONS,
) -> dict[str, list[int]]:
    """Assign every electrode to a region: by its name, or that of the nearest named electrode.

    Args:
        names: Electrodes, in any letter case.
        positions: Their head coordinates, (C, 3), metres; used for names in no region.
        regions: Region to names of SEED-DV's electrodes.

    Returns:
        Region to indices into `names`, ascending; regions without electrode are left out.
    """
    home = {name: region for region, members in regions.items() for name in members}
    known = electrode_positions(tuple(home))
    # caps and heads differ in size: only the direction from the centre counts
    theirs, ours = (_directions(xyz) for xyz in (positions, known))
    nearest = [tuple(home)[row] for row in (theirs @ ours.T).argmax(1)]
    found = [home.get(name.upper(), home[near]) for name, near in zip(names, nearest, strict=True)]
    parts = {name: [i for i, own in enumerate(found) if own == name] for name in regions}
    return {name: members for name, members in parts.items() if members}


def _directions(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors from the centre of the electrodes' sphere, (C, 3)."""
    rays = positions - sphere_centre(positions)
    return rays / np.linalg.norm(rays, axis=1, keepdims=True)
