"""Space on disks: checked before big writes, and named where it was not enough."""

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.targets import existing

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NEARLY_NOTHING = 1 << 20
"""Free bytes below which a failed write is put down to the full disk."""

_KEEP_SIZE = 1
"""Linux's FALLOC_FL_KEEP_SIZE."""

MORE_BYTES = 1 << 20
"""Space of an HDF5 file beside its values: for texts, and for chunks that are not full."""

FREE_SPACE = "free some space there, or choose another folder or shorter EEG"
"""Advice for what a command writes."""

_REMEDY = (
    "free some space there, name another place, or set run.results to a folder on another disk, "
    "and run again: finished work is kept"
)


def check_space(path: Path, n_bytes: int, next_step: str = _REMEDY) -> None:
    """Refuse to begin a write that cannot fit; quotas are not seen.

    Args:
        path: The file or folder that will be written; it need not exist.
        n_bytes: Its size, without compression.
        next_step: Advice in the error.

    Raises:
        UserError: if the disk has less space.
    """
    if shutil.disk_usage(existing(path)).free < n_bytes:
        raise UserError(
            str(path),
            expected=f"{_size(n_bytes)} free on its disk",
            found=_free(path),
            next_step=next_step,
        )


def take_space(path: Path, n_bytes: int) -> None:
    """Take the space of a file that will grow, so that no other writer gets it meanwhile.

    For writers that crash where a write finds no space, as HDF5 does. Nothing is taken where
    system or file system cannot. `trim` gives back the rest.

    Args:
        path: A file that exists; its size stays.
        n_bytes: Size that it may reach.

    Raises:
        OSError: if the disk has less space.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "fallocate"):  # macOS
        return
    with path.open("r+b") as file:
        start, length = ctypes.c_int64(0), ctypes.c_int64(n_bytes)
        failed = libc.fallocate(file.fileno(), _KEEP_SIZE, start, length)
    if failed and (number := ctypes.get_errno()) in _FULL:
        raise OSError(number, os.strerror(number), str(path))


def trim(path: Path) -> None:
    """Give back the space that `take_space` took and the file does not need."""
    os.truncate(path, path.stat().st_size)


def is_full(error: Exception, folder: Path) -> bool:
    """Return whether a write failed because the disk of `folder` is full or a quota is used up.

    NumPy and PyTorch do not pass the system's error on, so the free space counts, too.
    """
    if getattr(error, "errno", None) in _FULL or "No space left" in str(error):
        return True
    writing = isinstance(error, OSError | RuntimeError)
    return writing and shutil.disk_usage(existing(folder)).free < _NEARLY_NOTHING


def disk_full(path: Path, next_step: str = _REMEDY) -> UserError:
    """Return the error for a file that did not fit onto its disk."""
    return UserError(
        str(path),
        expected="space on the disk",
        found=f"a full disk or a used-up quota: {_free(path)}",
        next_step=next_step,
    )


@contextmanager
def full_disk_named(path: Path, next_step: str = _REMEDY) -> Iterator[None]:
    """Turn the error of a write to `path` into that of a full disk, if it is one.

    The space counts when the error occurs, before anything is cleaned up.

    Raises:
        UserError: if the disk is full.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if is_full(error, path.parent):
            raise disk_full(path, next_step) from error
        raise


def _free(path: Path) -> str:
    usage = shutil.disk_usage(existing(path))
    return f"{_size(usage.free)} of {_size(usage.total)} free"


def _size(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:.1f} MB"
