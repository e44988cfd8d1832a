"""Volumes: the files beside a large release that hold its EEG, a virtual data set of the release.

HDF5 gives the fill value, without an error, for the samples of a volume that it does not find.
Volumes are therefore checked whenever a release is opened.
"""

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from videeg_pipe.reader.field_checks import field_problem
from videeg_pipe.runtime.errors import UserError

IN_VOLUMES = "eeg"
"""The only data set that may be virtual."""

RELEASE_ID, ROWS = "release_id", "rows"
"""Attributes: what a release shares with its volumes, and the samples in a volume, [first, end)."""


def volume_names(file: h5py.File) -> list[str]:
    """Return the names of a release's volumes, in the order of their samples."""
    eeg = file[IN_VOLUMES]
    return [source.file_name for source in eeg.virtual_sources()] if eeg.is_virtual else []


def check_volumes(file: h5py.File, path: Path) -> None:
    """Check that the volumes of a release lie beside it, belong to it and hold all its EEG.

    Only their headers are read.

    Args:
        file: The release.
        path: Where it was opened.

    Raises:
        UserError: naming the first file that is wrong.
    """
    eeg = file[IN_VOLUMES]
    if not eeg.is_virtual:
        return
    sources = eeg.virtual_sources()
    firsts = [source.vspace.get_select_bounds()[0][0] for source in sources]
    release_id = file.attrs.get(RELEASE_ID)
    if firsts[:1] != [0] or not isinstance(release_id, str):
        raise _no_volumes(path)
    for source, (first, end) in zip(sources, pairwise([*firsts, len(eeg)]), strict=True):
        if not _is_plain(source, first, end, eeg.shape):
            raise _no_volumes(path)
        volume = path.with_name(source.file_name)
        _check_lookup(volume)
        found = _volume_problem(volume, eeg, [first, end], release_id)
        if found is not None:
            raise UserError(
                str(volume),
                expected=f"samples {first} to {end - 1} of the release {path.name} beside it",
                found=found,
                next_step="get, or make, all files of this release again, in one folder",
            )


def _is_plain(source: Any, first: int, end: int, shape: tuple[int, ...]) -> bool:
    """Tell whether a source is all EEG of a file in the folder, for the samples [first, end)."""
    wanted = (end - first, *shape[1:])
    last = (end - 1, *(length - 1 for length in shape[1:]))
    return bool(
        end > first
        and Path(source.file_name).name == source.file_name
        and source.dset_name == IN_VOLUMES
        and source.src_space.get_select_type() == h5py.h5s.SEL_ALL
        and source.vspace.get_select_npoints() == np.prod(wanted)
        and source.vspace.get_select_bounds() == ((first, *(0 for _ in shape[1:])), last)
    )


def _volume_problem(
    volume: Path, eeg: h5py.Dataset, rows: list[int], release_id: str
) -> str | None:
    if not volume.is_file():
        return "no such file"
    if not os.access(volume, os.R_OK):
        return "no permission to read it"
    try:
        with h5py.File(volume, "r") as file:
            if file.attrs.get(RELEASE_ID) != release_id:
                return "a file of another release"
            if np.asarray(file.attrs.get(ROWS)).tolist() != rows:
                return "other samples of it"
            problem = field_problem(file, IN_VOLUMES)
            if problem is not None:
                return problem
            held = file[IN_VOLUMES]
            if held.dtype != eeg.dtype or held.shape != (rows[1] - rows[0], *eeg.shape[1:]):
                return f"EEG of {held.dtype} with shape {held.shape}"
    except (OSError, RuntimeError, KeyError, TypeError, ValueError):
        return "a truncated or damaged file"
    return None


def _check_lookup(volume: Path) -> None:
    """Refuse a folder in which HDF5 would find another file of the volume's name first."""
    for folder in filter(None, os.environ.get("HDF5_VDS_PREFIX", "").split(os.pathsep)):
        other = Path(folder.replace("${ORIGIN}", str(volume.parent)), volume.name)
        if other.exists() and not (volume.exists() and other.samefile(volume)):
            raise UserError(
                str(volume),
                expected="that HDF5 looks for it beside the release",
                found=f"HDF5_VDS_PREFIX, which leads to {other}",
                next_step="unset HDF5_VDS_PREFIX",
            )


def _no_volumes(path: Path) -> UserError:
    return UserError(
        str(path),
        expected="EEG in the file, or in volumes beside it, one after another",
        found="a virtual data set of another kind",
        next_step="get the release again",
    )
