"""A release as a Zarr group."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import zarr

from videeg_pipe.reader.checks import check_fields, open_release, reading
from videeg_pipe.reader.folders import new_folder
from videeg_pipe.reader.release import Release
from videeg_pipe.runtime.interrupts import deferred_interrupt

_ROWS = 64
"""Samples per chunk of the larger arrays."""

_DIMENSIONS = {"eeg": ["sample", "channel", "time"]}


def write_zarr(release: Release, folder: Path) -> Path:
    """Write all fields of the samples, `label`, and the attributes; returns the folder.

    Arrays have the names, units and types of the file; text has a fixed length. The first
    dimension of every array is the sample. The format is Zarr 2, which specifies text.

    Raises:
        UserError: if the folder exists and is not empty, or the release is damaged.
    """
    with reading(release.path), open_release(release.path) as file:
        check_fields(file, release.path, tuple(file))
        facts = {name: _attributes(field) for name, field in file.items()}
    facts["label"] = {"units": "", "description": "Class: position of the concept in `classes`."}
    whole = release.with_fields(tuple(facts))
    with new_folder(folder) as temporary:
        attributes = {name: _json(value) for name, value in release.attributes.items()}
        # a thread of Zarr writes: an interrupt waits for it, so that the removed folder stays away
        with deferred_interrupt():
            group = zarr.open_group(temporary, mode="w", zarr_format=2)
            group.attrs.update(attributes | {"classes": list(release.classes)})
        for name, described in facts.items():
            first = whole[:1].values(name)
            # text needs the length of the longest; arrays may not fit into memory
            step = max(len(whole), 1) if first.ndim == 1 else _ROWS
            array: Any = None
            for start in range(0, len(whole), step):
                block = whole[start : start + step].values(name)
                with deferred_interrupt():
                    if array is None:
                        array = group.create_array(
                            name,
                            shape=(len(whole), *block.shape[1:]),
                            chunks=block.shape,
                            dtype=block.dtype,
                        )
                        others = [f"{name}_{axis}" for axis in range(1, block.ndim)]
                        dimensions = _DIMENSIONS.get(name, ["sample", *others])
                        named = {"_ARRAY_DIMENSIONS": dimensions}  # xarray's
                        array.attrs.update(described | named)
                    array[start : start + len(block)] = block
        with deferred_interrupt():
            zarr.consolidate_metadata(temporary)
    return folder


def _attributes(field: h5py.Dataset) -> dict[str, Any]:
    return {name: _json(value) for name, value in field.attrs.items()}


def _json(value: Any) -> Any:
    """Return an attribute as JSON has it."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
