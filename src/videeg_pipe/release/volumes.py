"""Volumes: EEG of a release that is too large for one file, in files beside that of the release."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.reader.volumes import IN_VOLUMES, RELEASE_ID, ROWS
from videeg_pipe.release.fields import chunk_shape
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_json

MOST_VOLUMES = 200
"""Writer and readers keep all of them open; macOS allows a process 256 open files."""


@dataclass(frozen=True)
class Volume:
    """Consecutive samples of a release, in a file of their own."""

    path: Path
    rows: range


def plan_volumes(h5: Path, n: int, shape: tuple[int, ...], max_bytes: int | None) -> list[Volume]:
    """Return the volumes of a release; none where its EEG fits into the file of the release.

    Args:
        h5: The file of the release.
        n: Number of samples.
        shape: Shape of one sample's EEG.
        max_bytes: Most bytes of EEG in a file, without compression; None for no limit.

    Raises:
        UserError: if there would be more than `MOST_VOLUMES`.
    """
    one = eeg_bytes(range(1), shape)
    if max_bytes is None or n * one <= max_bytes:
        return []
    least = math.ceil(n / MOST_VOLUMES) * one
    if max_bytes < least:
        raise UserError(
            "release.max_bytes",
            expected=f"at least {least}: a release has at most {MOST_VOLUMES} volumes",
            found=str(max_bytes),
            next_step="raise it",
        )
    step = max_bytes // one
    parts = [range(first, min(first + step, n)) for first in range(0, n, step)]
    return [Volume(h5.with_name(f"{h5.stem}-{i:03d}.h5"), rows) for i, rows in enumerate(parts)]


def eeg_bytes(rows: range, shape: tuple[int, ...]) -> int:
    """Return the bytes of some samples' EEG, each of a shape, without compression."""
    return len(rows) * math.prod(shape) * np.dtype(np.float32).itemsize


def find_volumes(h5: Path) -> list[Path]:
    """Return the files that lie beside a release under names of its volumes."""
    return sorted(h5.parent.glob(f"{escape(h5.stem)}-[0-9][0-9][0-9].h5"))


def create_virtual(file: h5py.File, shape: tuple[int, ...], volumes: Sequence[Volume]) -> None:
    """Create the EEG of a release, (n, C, T), as a virtual data set of its volumes.

    NaN stands for the samples of a volume that HDF5 does not find.
    """
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_obj_track_times(False)  # h5py's VirtualLayout does: merges would differ
    properties.set_fill_value(np.array([np.nan], np.float32))
    space = h5py.h5s.create_simple(shape)
    for volume in volumes:
        held = (len(volume.rows), *shape[1:])
        place = space.copy()
        place.select_hyperslab((volume.rows.start, *(0 for _ in shape[1:])), held)
        # HDF5 looks for a name without a folder beside the release, wherever it is moved
        name = volume.path.name.encode()
        properties.set_virtual(place, name, IN_VOLUMES.encode(), h5py.h5s.create_simple(held))
    h5py.h5d.create(file.id, IN_VOLUMES.encode(), h5py.h5t.IEEE_F32LE, space, dcpl=properties)


def fill_volume(
    file: h5py.File, volume: Volume, release: h5py.File, attributes: Mapping[str, Any]
) -> None:
    """Write everything of a volume but the values of its EEG, and the release's id.

    Args:
        file: The empty volume.
        volume: Its samples.
        release: File of the release, with the ids of all samples.
        attributes: Root attributes of the release.
    """
    rows, eeg, ids = volume.rows, release[IN_VOLUMES], release["sample_id"]
    last = rows.stop - 1
    file.attrs.update(attributes)
    file.attrs["description"] = (
        f"{attributes['description']} EEG of the samples {rows.start} to {last}, counted from 0; "
        "their labels are in the file of the release."
    )
    file.attrs[ROWS] = [rows.start, rows.stop]
    created = file.create_dataset(
        IN_VOLUMES,
        shape=(len(rows), *eeg.shape[1:]),
        chunks=chunk_shape(len(rows), eeg.shape[1:]),
        dtype=eeg.dtype,
        fillvalue=np.nan,
        fletcher32=True,
    )
    named = file.create_dataset(
        ids.name,
        data=ids[rows.start : rows.stop],
        chunks=chunk_shape(len(rows), ()),
        dtype=ids.dtype,
        fletcher32=True,
    )
    for copy, original in ((created, eeg), (named, ids)):
        copy.attrs.update(original.attrs)


def write_rows(
    parts: Sequence[tuple[range, h5py.File]], rows: NDArray[np.intp], eeg: NDArray[np.float32]
) -> None:
    """Write samples into the files that hold their EEG.

    Args:
        parts: Samples of the release in each file, and the file.
        rows: b ascending rows of the release.
        eeg: Their samples, (b, C, T).
    """
    for held, file in parts:
        inside = (rows >= held.start) & (rows < held.stop)
        if inside.any():
            file[IN_VOLUMES][rows[inside] - held.start] = eeg[inside]


def release_id(attributes: Mapping[str, Any], ids: Sequence[str], sha256: Sequence[str]) -> str:
    """Return the id that a release shares with its volumes, the same for the same release."""
    stated = [str(attributes[name]) for name in ("title", "version", "created")]
    return sha256_json([stated, list(ids), list(sha256)])


def identify(files: Sequence[h5py.File], value: str) -> None:
    """Write a release's id into its file and its volumes."""
    for file in files:
        file.attrs[RELEASE_ID] = value
