"""Positions of the electrodes of a BIDS recording, in head coordinates.

Positions are taken as coordsystem.json states them. Electrodes with 10-05 names are then compared
with a template: a wrong unit shows as a scale of 10, 100 or 1000, wrong axes as a rotation. The
fit of a few electrodes close together has an uncertain scale and rotation, so that their limits
are wider.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from mne.transforms import apply_trans, get_ras_to_neuromag_trans
from numpy.typing import NDArray

from videeg_pipe.contracts.montage import FEW, electrode_positions, standard_positions
from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.files import read_json
from videeg_pipe.sources.bids.sidecar import CORRECT_JSON
from videeg_pipe.sources.bids.template import Fit, compare
from videeg_pipe.sources.findings import Finding
from videeg_pipe.sources.recording import head_montage
from videeg_pipe.sources.tsv import read_tsv

Electrodes = Literal["auto", "template", "RAS", "ALS", "ARS"]

_DIVISOR = {"m": 1.0, "cm": 100.0, "mm": 1000.0}
_SIZE_M = 0.085  # median distance of scalp electrodes from their centre
_SCALES = (0.7, 1.4)  # template per head, among adults and children
_SCALES_WITHOUT_NAMES = (0.5, 2.2)  # also where electrodes cover a part of the head
_SCALES_OF_FEW = (0.5, 4.9)  # named or not, down to four within a few centimetres
_SHIFT_M = 0.03  # between head coordinates of a person and of the template
_SHIFT_OF_HEAD_FRAME_M = 0.06  # systems of the head differ in their origin
_ROTATION_DEG = 30.0  # likewise in pitch
_TURNED_M = 0.03  # of electrodes close together, errors of placement alone turn the fit further
_EARS_M = (0.08, 0.20)  # between LPA and RPA, also of infants
_RESIDUAL_M = 0.04  # of one electrode after the best fit

# systems with their origin between the ears; BIDS, appendix on coordinate systems
_AXES = dict.fromkeys(("captrak", "elektaneuromag", "chietiitab"), "RAS") | dict.fromkeys(
    ("ctf", "4dbti", "kityokogawa", "eeglab", "eeglab-hj"), "ALS"
)
_DIRECTIONS = dict(zip("RLAPSI", np.repeat(np.eye(3), 2, axis=0), strict=True))
_DIRECTIONS |= {letter: -_DIRECTIONS[letter] for letter in "LPI"}
_TEMPLATE = "or set bids.electrodes to template for standard positions of 10-05 names"
_STATE_AXES = f"state the axes in bids.electrodes (RAS, ALS or ARS), {_TEMPLATE}"


@dataclass(frozen=True)
class _Stored:
    """Positions as a file states them."""

    file: str
    names: list[str]
    xyz: NDArray[np.float64]  # (n, 3), finite
    system: str = "CapTrak"
    unit: str = "m"
    landmarks: NDArray[np.float64] | None = None  # nasion, LPA and RPA, (3, 3), m


def place_electrodes(path: Path, raw: Any, electrodes: Electrodes, findings: list[Finding]) -> None:
    """Give each channel the position of its electrode, in head coordinates.

    Args:
        path: File of the recording.
        raw: Its EEG channels, with the positions that the file itself states. Changed in place.
        electrodes: `bids.electrodes`.
        findings: Takes what was converted or assumed.

    Raises:
        UserError: if a channel has no position, or if positions contradict their unit, their axes
            or the names of the electrodes.
    """
    names = tuple(raw.ch_names)
    if electrodes == "template":
        positions = _template(path, names)
        what = "Electrode positions are those of the 10-05 template, as bids.electrodes states."
        findings.append(Finding(str(path), "assumed", what))
    else:
        stored = _stored(path, raw, findings)
        lacking = [name for name in names if name not in stored.names]
        if lacking:
            named = all(name.upper() in standard_positions() for name in names)
            raise UserError(
                str(path),
                expected="a position of every EEG channel in *_electrodes.tsv and "
                "*_coordsystem.json",
                found=f"none of {listed(lacking)}",
                next_step=f"add them under these names, {f'{_TEMPLATE}, ' if named else ''}or "
                "change the type of channels off the scalp in channels.tsv",
            )
        if electrodes != "auto":
            what = f"Electrode positions have the axes {electrodes}, as bids.electrodes states."
            findings.append(Finding(stored.file, "assumed", what))
        placed = _in_head_coordinates(stored, electrodes, findings)
        positions = placed[[stored.names.index(name) for name in names]]
    raw.set_montage(head_montage(names, positions))


def _template(path: Path, names: tuple[str, ...]) -> NDArray[np.float64]:
    unknown = [name for name in names if name.upper() not in standard_positions()]
    if unknown:
        raise UserError(
            f"bids.electrodes with {path}",
            expected="10-05 names of all EEG channels for template",
            found=listed(unknown),
            next_step="rename them in the recording and in channels.tsv, or change the type of "
            "channels off the scalp in channels.tsv",
        )
    return electrode_positions(names)


def _stored(path: Path, raw: Any, findings: list[Finding]) -> _Stored:
    """Positions from electrodes.tsv, or from the recording's own header where there is none."""
    files = _electrode_files(path)
    if not files:
        xyz = np.array([channel["loc"][:3] for channel in raw.info["chs"]])
        placed = np.isfinite(xyz).all(axis=1) & (xyz != 0).any(axis=1)
        names = [name for name, has in zip(raw.ch_names, placed, strict=True) if has]
        return _Stored(str(path), names, xyz[placed])
    found = sorted((_read(file) for file in files), key=lambda one: one.system.lower() not in _AXES)
    if len(found) > 1:
        others = ", ".join(one.system for one in found[1:])
        what = f"Electrode positions in {found[0].system} are used, those in {others} are not."
        findings.append(Finding(found[0].file, "assumed", what))
    return found[0]


def _electrode_files(path: Path) -> list[Path]:
    """The electrodes.tsv files nearest to a recording, one per space (BIDS inheritance)."""
    own = set(path.stem.split("_")[:-1])
    for folder in list(path.parents)[:4]:  # eeg, session, subject, data set
        fitting = [
            file
            for file in sorted(folder.glob("*electrodes.tsv"))
            if {part for part in file.stem.split("_")[:-1] if not part.startswith("space-")} <= own
        ]
        if fitting:
            most = max(_n_entities(file) for file in fitting)
            return [file for file in fitting if _n_entities(file) == most]
        if (folder / "dataset_description.json").is_file():
            break
    return []


def _n_entities(file: Path) -> int:
    return sum(not part.startswith("space-") for part in file.stem.split("_"))


def _read(file: Path) -> _Stored:
    table = read_tsv(file)
    columns = ["name", "x", "y", "z"]
    lacking = [name for name in columns if name not in table]
    if lacking:
        raise UserError(
            str(file),
            expected=f"columns {', '.join(columns)}",
            found=f"no column {', '.join(lacking)}",
            next_step=f"add it, {_TEMPLATE}",
        )
    xyz = table[columns[1:]].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    placed = np.isfinite(xyz).all(axis=1) & (xyz != 0).any(axis=1) & table["name"].notna()
    facts = _coordinate_system(file)
    system = str(facts.get("EEGCoordinateSystem") or "n/a")
    return _Stored(
        str(file),
        list(table["name"][placed]),
        xyz[placed],
        system,
        str(facts.get("EEGCoordinateUnits") or "n/a"),
        _landmarks(facts, system),
    )


def _coordinate_system(file: Path) -> dict[str, Any]:
    """Content of the coordsystem.json of an electrodes.tsv; empty where there is none."""
    parts = set(file.stem.split("_")[:-1])
    for folder in list(file.parents)[:4]:
        fitting = [
            found
            for found in folder.glob("*coordsystem.json")
            if set(found.stem.split("_")[:-1]) <= parts
        ]
        if fitting:
            nearest = max(fitting, key=lambda found: len(found.stem.split("_")))
            facts = read_json(nearest, next_step=CORRECT_JSON)
            return facts if isinstance(facts, dict) else {}
        if (folder / "dataset_description.json").is_file():
            break
    return {}


def _landmarks(facts: dict[str, Any], system: str) -> NDArray[np.float64] | None:
    """Nasion, LPA and RPA, (3, 3), metres, or None where they are not those of a head.

    The unit follows from the distance of the ears, which fits one of m, cm and mm: the stated one
    is often that of the electrodes.
    """
    stated = facts.get("AnatomicalLandmarkCoordinates")
    same = facts.get("AnatomicalLandmarkCoordinateSystem", system) == system
    given = {str(k).upper(): v for k, v in stated.items()} if isinstance(stated, dict) else {}
    points = [given.get("NAS", given.get("NASION")), given.get("LPA"), given.get("RPA")]
    try:
        found = np.array(points, np.float64)
    except (TypeError, ValueError):
        return None
    if not same or found.shape != (3, 3):
        return None
    apart = np.linalg.norm(found[1] - found[2])
    least, most = _EARS_M
    fitting = [found / per_m for per_m in _DIVISOR.values() if least <= apart / per_m <= most]
    return fitting[0] if fitting and np.isfinite(found).all() else None


def _in_head_coordinates(
    stored: _Stored, electrodes: Electrodes, findings: list[Finding]
) -> NDArray[np.float64]:
    """Convert stored positions to head coordinates, (n, 3), metres."""
    unit = _unit(stored, findings)
    axes = electrodes if electrodes != "auto" else _stated_axes(stored.system)
    turn = np.eye(3) if axes is None else np.array([_DIRECTIONS[letter] for letter in axes])
    xyz = stored.xyz / _DIVISOR[unit] @ turn
    fit = compare(stored.names, xyz)
    if fit is not None:
        worst, distance = fit.worst
        mirrored = compare(stored.names, xyz * [-1, 1, 1])
        if distance > _RESIDUAL_M and mirrored and mirrored.worst[1] <= _RESIDUAL_M:
            raise UserError(
                stored.file,
                expected="electrodes on the side of the head that their 10-05 names mean",
                found="left and right exchanged",
                next_step="change the sign of the axis between the ears (x in RAS, y in ALS and "
                f"ARS), {_STATE_AXES}",
            )
        if distance > _RESIDUAL_M:
            raise UserError(
                stored.file,
                expected=f"electrodes within {100 * _RESIDUAL_M:.0f} cm of their 10-05 names",
                found=f"{worst} {100 * distance:.0f} cm away in the best fit to a template",
                next_step=f"correct its row, {_TEMPLATE}",
            )
        shift_limit = _SHIFT_M if axes is None else _SHIFT_OF_HEAD_FRAME_M
        if not _is_turned(fit) and fit.shift_m <= shift_limit:
            return xyz
    elif axes is not None:
        _check_nasion(stored, axes, turn)
        return xyz
    if axes is not None:
        assert fit is not None
        name, distance = fit.farthest
        raise UserError(
            stored.file,
            expected=f"electrodes in {stored.system} with axes {axes}",
            found=f"{name} {100 * distance:.0f} cm from its place; the head is turned by "
            f"{fit.rotation_deg:.0f} degrees and shifted by {100 * fit.shift_m:.0f} cm",
            next_step=_STATE_AXES,
        )
    return _convert(stored, xyz, findings)


def _is_turned(fit: Fit) -> bool:
    return fit.rotation_deg > _ROTATION_DEG and fit.turned_m > _TURNED_M


def _check_nasion(stored: _Stored, axes: str, turn: NDArray[np.float64]) -> None:
    """Check electrodes without 10-05 names by the landmarks, where these are stated.

    Raises:
        UserError: if the nasion is not in front of the ears.
    """
    if stored.landmarks is None:
        return
    nasion, *ears = stored.landmarks @ turn
    forward = nasion - np.mean(ears, axis=0)
    angle = np.degrees(np.arccos(forward[1] / np.linalg.norm(forward)))
    if not angle <= _ROTATION_DEG:
        raise UserError(
            stored.file,
            expected=f"the landmark NAS in front of LPA and RPA, in {stored.system} with axes "
            f"{axes}",
            found=f"it {angle:.0f} degrees away from there",
            next_step="correct the landmarks in coordsystem.json, or state the axes in "
            "bids.electrodes (RAS, ALS or ARS)",
        )


def _convert(
    stored: _Stored, xyz: NDArray[np.float64], findings: list[Finding]
) -> NDArray[np.float64]:
    """Convert positions in a system that is not one of the head."""
    fit = compare(stored.names, xyz)
    if stored.landmarks is not None:
        to_head = get_ras_to_neuromag_trans(*stored.landmarks)
        placed = apply_trans(to_head, xyz)
        after = compare(stored.names, placed)
        if after is None or (not _is_turned(after) and after.shift_m <= _SHIFT_OF_HEAD_FRAME_M):
            what = f"Positions in {stored.system} are brought to head coordinates by the landmarks."
            findings.append(Finding(stored.file, "repaired", what))
            return placed
    if fit is None:
        raise UserError(
            stored.file,
            expected="electrodes in a coordinate system with known axes, such as CapTrak",
            found=f"EEGCoordinateSystem {stored.system} without landmarks of a head or 10-05 names",
            next_step="state the axes in bids.electrodes (RAS, ALS or ARS)",
        )
    what = (
        f"Positions in {stored.system} are turned by {fit.rotation_deg:.0f} degrees and shifted by "
        f"{100 * fit.shift_m:.1f} cm, so that 10-05 names fit a template."
    )
    findings.append(Finding(stored.file, "repaired", what))
    return fit.move(xyz)


def _stated_axes(system: str) -> str | None:
    """Axes such as RAS (x to the right, y anterior, z superior), or None if they are not known."""
    letters = system.upper()
    if len(letters) == 3 and all(len(set(letters) & set(pair)) == 1 for pair in ("RL", "AP", "SI")):
        return letters
    return _AXES.get(system.lower())


def _unit(stored: _Stored, findings: list[Finding]) -> str:
    """Return the unit in which the electrodes span a head: m, cm or mm, the stated one if it fits.

    Electrodes that lie about 85 from their centre are in mm, whatever is stated.

    Raises:
        UserError: if they span a head in none of the three.
    """
    fit = compare(stored.names, stored.xyz)
    centre = np.median(stored.xyz, axis=0)
    size = float(np.median(np.linalg.norm(stored.xyz - centre, axis=1)))
    if fit is not None and fit.worst[1] <= _RESIDUAL_M:
        scale, limits = fit.scale, _SCALES
    else:
        scale, limits = _SIZE_M / max(size, 1e-9), _SCALES_WITHOUT_NAMES
    if len(stored.names) < FEW:
        limits = _SCALES_OF_FEW
    fitting = [unit for unit in _DIVISOR if limits[0] <= scale * _DIVISOR[unit] <= limits[1]]
    if stored.unit in fitting:
        return stored.unit
    if not fitting:
        raise UserError(
            stored.file,
            expected="electrodes that span a head, in m, cm or mm",
            found=f"a median distance of {size:.3g} {stored.unit} from their centre",
            next_step="correct the positions or EEGCoordinateUnits in coordsystem.json, "
            + _TEMPLATE,
        )
    known = stored.unit in _DIVISOR
    not_stated = f", not {stored.unit}" if known else ""
    what = f"Positions are in {fitting[0]}{not_stated}: in this unit the electrodes span a head."
    findings.append(Finding(stored.file, "repaired" if known else "assumed", what))
    return fitting[0]
