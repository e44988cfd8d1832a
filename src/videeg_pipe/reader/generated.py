"""Reading of the EEG that `videeg generate` writes to .h5 and .zarr."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import zarr

from videeg_pipe.reader.checks import UNREADABLE
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing

_ARRAYS = (".h5", ".hdf5", ".zarr")
_MARK = "provenance"
"""An attribute that releases lack."""


def holds_generated(path: Path) -> bool:
    """Tell whether an HDF5 file is EEG of `videeg generate`, not a release."""
    try:
        with h5py.File(path) as file:
            return _MARK in file.attrs
    except OSError:
        return False


def generated_facts(path: Path) -> dict[str, Any] | None:
    """Return what an .h5 or .zarr of `videeg generate` says of itself; None for other files.

    Its EEG is not read.

    Raises:
        UserError: if it is such a file, and damaged.
    """
    if path.suffix.lower() not in _ARRAYS or not path.exists():
        return None
    facts: dict[str, Any] = {}
    try:
        with _opened(path) as stored:
            facts = dict(stored.attrs)
            if _MARK not in facts:
                return None
            shape = "x".join(map(str, stored["eeg"].shape))
        own = {name: facts[name] for name in ("title", "stimulus", "sfreq", "units", _MARK)}
    except (*UNREADABLE, AttributeError) as error:  # missing, or not an array
        if _MARK in facts:
            raise _damaged(path) from error
        return None
    return own | {"eeg (draws x channels x n)": shape}


def read_generated(path: Path) -> dict[str, Any]:
    """Read what `videeg generate` wrote to .h5 or .zarr.

    Returns:
        The fields of `GeneratedEeg` by name; `data` is (draws, C, N) in microvolts.

    Raises:
        UserError: if the file or folder is missing, damaged, or something else.
    """
    if path.suffix.lower() not in _ARRAYS:
        raise UserError(
            str(path),
            expected="generated EEG in .h5 or .zarr",
            found=f"the ending {path.suffix}" if path.suffix else "no ending",
            next_step="read files of other formats, and BIDS, with MNE",
        )
    if not path.exists():
        raise missing(path)
    try:
        with _opened(path) as stored:
            facts = dict(stored.attrs)
            foreign = _MARK not in facts
            fields = {} if foreign else _fields(stored["eeg"][:], facts)
    except UNREADABLE as error:
        raise _damaged(path) from error
    if foreign:
        raise _unreadable(path, "other data", "read a release with videeg_pipe.load_release")
    return fields


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if path.suffix.lower() == ".zarr":
        yield zarr.open_group(str(path), mode="r")
    else:
        with h5py.File(path) as file:
            yield file


def _fields(data: np.ndarray, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of `GeneratedEeg`; ValueError if they do not fit together."""
    low, high = map(float, facts["band_hz"])
    fields = {
        "data": data.astype(np.float32, copy=False),
        "channels": tuple(map(str, facts["channel_names"])),
        "positions_m": np.array(facts["channel_positions_m"], np.float64),
        "sfreq": float(facts["sfreq"]),
        "band_hz": (low, high),
        "stimulus": str(facts["stimulus"]),
        "provenance": json.loads(facts[_MARK]),
    }
    n = len(fields["channels"])
    if data.ndim != 3 or data.shape[1] != n or fields["positions_m"].shape != (n, 3):
        raise ValueError(f"{data.shape} values of {n} channels")
    if facts["units"] != "uV" or not 0 < fields["sfreq"] < np.inf:
        raise ValueError("another unit or rate")
    return fields


def _damaged(path: Path) -> UserError:
    return _unreadable(path, "data that cannot be read", "generate it again")


def _unreadable(path: Path, found: str, next_step: str) -> UserError:
    expected = "EEG that videeg generate wrote"
    return UserError(str(path), expected=expected, found=found, next_step=next_step)
