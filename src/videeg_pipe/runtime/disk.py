"""Space on disks: checked before big writes, and named where it was not enough."""

import ctypes
import errno
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.targets import existing

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_TEXTS = [os.strerror(one) for one in _FULL]
_A_LITTLE = 1 << 16
"""Bytes that a disk takes unless it is full: more than a block of usual file systems."""

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


def check_space(path: Path, n_bytes: int, next_step: str = _REMEDY, *, n_files: int = 1) -> None:
    """Refuse to begin a write that cannot fit; quotas are not seen.

    Args:
        path: The file or folder that will be written; it need not exist.
        n_bytes: Its size, without compression.
        next_step: Advice in the error.
        n_files: Files and folders that will be made; not every file system limits their number.

    Raises:
        UserError: if the disk has less space or takes fewer files.
    """
    if shutil.disk_usage(existing(path)).free < n_bytes:
        raise UserError(
            str(path),
            expected=f"{_size(n_bytes)} free on its disk",
            found=_free(path),
            next_step=next_step,
        )
    more = _more_files(path)
    if more is not None and more < n_files:
        raise UserError(
            str(path),
            expected=f"room for {n_files:,} more files and folders on its disk",
            found=f"room for {more:,} (inodes)",
            next_step=f"remove files there, not only large ones; or {next_step}",
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


def is_full(error: Exception, written: Path) -> bool:
    """Return whether a write failed for lack of space: the disk, a quota, a limit of file sizes.

    NumPy and PyTorch do not pass the system's error on. Free space does not tell either: quotas and
    limits do not show there. After such an error, a little more is written to a file that begins
    where the failed one ended.

    Args:
        error: The error of the write.
        written: The file that was being written, or the folder that held it.
    """
    if getattr(error, "errno", None) in _FULL or any(text in str(error) for text in _TEXTS):
        return True
    if not isinstance(error, OSError | RuntimeError) or getattr(error, "errno", None) is not None:
        return False
    folder = existing(written)
    try:
        with tempfile.TemporaryFile(dir=folder if folder.is_dir() else folder.parent) as file:
            file.seek(_size_of(written))  # a hole takes no space
            file.write(os.urandom(_A_LITTLE))  # some file systems compress
            file.flush()
            os.fsync(file.fileno())
    except OSError as failed:
        return failed.errno in _FULL
    return False


def disk_full(path: Path, next_step: str = _REMEDY, *, n_written: int = 0) -> UserError:
    """Return the error for a file that did not fit onto its disk.

    Args:
        path: The file or folder.
        next_step: Advice in the error.
        n_written: Bytes that did fit.
    """
    return UserError(
        str(path),
        expected="space on the disk"
        + (f" for more than {_size(n_written)}" if n_written >= _A_LITTLE else ""),
        found=f"a full disk, a used-up quota or a limit of file sizes: {_free(path)}{_limit()}",
        next_step=next_step,
    )


@contextmanager
def full_disk_named(path: Path, next_step: str = _REMEDY, *, written: Path) -> Iterator[None]:
    """Turn the error of a write to `path` into that of a full disk, if it is one.

    The space counts when the error occurs, before anything is cleaned up.

    Args:
        path: The file or folder that the error names.
        next_step: Advice in the error.
        written: The temporary file that is written instead, or the folder that holds it.

    Raises:
        UserError: if the disk is full.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if is_full(error, written):
            raise disk_full(path, next_step, n_written=_size_of(written)) from error
        raise


def _size_of(written: Path) -> int:
    """Size of a file, or of the largest one in a folder."""
    files = [one for one in (written, *written.rglob("*")) if one.is_file()]
    return max((one.stat().st_size for one in files), default=0)


def _limit() -> str:
    most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return "" if most == resource.RLIM_INFINITY else f", files of {_size(most)} allowed (ulimit -f)"


def _free(path: Path) -> str:
    usage = shutil.disk_usage(existing(path))
    no_file = ", no further file (inodes)" if _more_files(path) == 0 else ""
    return f"{_size(usage.free)} of {_size(usage.total)} free{no_file}"


def _more_files(path: Path) -> int | None:
    """Number of files that the disk still takes; None where it has no limit, or tells none."""
    limits = os.statvfs(existing(path))
    # 0 files in all, as Btrfs says, and -1 more, as CephFS does, mean that there is no limit
    return limits.f_favail if limits.f_files > 0 and limits.f_favail >= 0 else None


def _size(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:.1f} MB"
