"""Whether a data set of a release can be used: inside its file, and as large as it says."""

from pathlib import Path

import h5py
import numpy as np

_DEFLATE = 1032
"""Largest ratio of gzip compression."""


def field_problem(file: h5py.File, name: str, *, virtual: bool = False) -> str | None:
    """Return why a data set cannot be used, or None; allocates nothing.

    Args:
        file: An open file.
        name: Name of the data set.
        virtual: Accept one that reads other files, which the caller checks.
    """
    try:
        field = file.get(name)
    except RuntimeError:  # a link to itself
        field = None
    if not isinstance(field, h5py.Dataset) or not field.shape:
        return f"no data set {name}"
    # data of another file would not be the release's
    elsewhere = field.file.filename != file.filename or field.external
    if elsewhere or (field.is_virtual and not virtual):
        return f"data set {name} outside this file"
    text = h5py.check_string_dtype(field.dtype) is not None
    known = text or field.dtype.kind in "fiu"  # not references, which may point anywhere
    if not known or not field.dtype.isnative or (field.dtype.itemsize > 8 and not text):
        return f"data set {name} of {field.dtype}"
    if field.is_virtual:
        return None
    n_bytes = Path(file.filename).stat().st_size
    # a compressed data set may exceed the file, but neither one sample nor a whole column of labels
    most = n_bytes
    if field.compression is not None and field.ndim > 1:
        most = _DEFLATE * field.id.get_storage_size()
        if max(field.nbytes // max(len(field), 1), _chunk_bytes(field)) > n_bytes:
            most = 0
    if field.nbytes > most:
        return f"data set {name} with shape {field.shape}, which the file does not hold"
    return None


def _chunk_bytes(field: h5py.Dataset) -> int:
    return int(np.prod(field.chunks, dtype=np.float64)) * field.dtype.itemsize
