"""An array in an unnamed file, so that memory does not grow with the length of the EEG."""

import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from videeg_pipe.runtime.disk import (
    FREE_SPACE,
    MORE_BYTES,
    check_space,
    full_disk_named,
    take_space,
)
from videeg_pipe.runtime.files import TEMPORARY


@contextmanager
def on_disk(path: Path, shape: tuple[int, int, int]) -> Iterator[Any]:
    """Yield an array of float32 whose values lie in a file in the folder of `path`.

    The file loses its name at once, so that its space is free again however the process ends. It
    is read and written by the system's calls: pages of a memory map would count as memory of the
    process.

    Args:
        path: What will be written beside it, with as many values.
        shape: Shape of the array.

    Raises:
        UserError: if the disk lacks the space for both, or becomes full.
    """
    n_bytes = 4 * math.prod(shape)
    check_space(path, 2 * n_bytes, FREE_SPACE)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}{TEMPORARY}")
    os.close(descriptor)
    file = Path(name)
    with full_disk_named(path, FREE_SPACE, written=file):
        try:
            with h5py.File(file, "w") as stored:
                take_space(file, n_bytes + MORE_BYTES)
                file.unlink()
                yield stored.create_dataset("eeg", shape, np.float32)
        finally:
            file.unlink(missing_ok=True)
