"""Arrays in an unnamed file, so that memory does not grow with the length of the EEG."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from videeg_pipe.generator.generation import Empty
from videeg_pipe.runtime.disk import check_space, full_disk_named

_REMEDY = "free some space there, or choose another folder or fewer draws"


@contextmanager
def on_disk(path: Path) -> Iterator[Empty]:
    """Yield a maker of arrays whose values lie in a file in the folder of `path`.

    The file loses its name at once, so that its space is free again however the process ends. It
    is read and written by the system's calls: pages of a memory map would count as memory of the
    process, and a full disk would kill it.

    Args:
        path: What will be written beside it.

    Raises:
        UserError: if the disk is full, or lacks the space for an array.
    """
    with full_disk_named(path, _REMEDY):
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            file = h5py.File(Path(folder, "eeg.h5"), "w")

        def empty(shape: tuple[int, int, int]) -> Any:
            check_space(path, 4 * math.prod(shape), _REMEDY)
            return file.create_dataset("eeg", shape, np.float32)

        with file:
            yield empty
