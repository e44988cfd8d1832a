"""Files that appear under their name only when complete, and checksums.

A work file carries its checksum: a record (JSON) in the entry `checksum`, arrays in the record that
lists them, tables and graphs in their metadata. Readers compare it.
"""

import ctypes
import fcntl
import hashlib
import json
import math
import os
import shutil
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from glob import escape
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from videeg_pipe.runtime.disk import check_space, full_disk_named
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.interrupts import deferred_interrupt
from videeg_pipe.runtime.lock import is_held

# raised by NumPy for a damaged header or a truncated file
_NO_ARRAY = (
    *(ValueError, TypeError, EOFError, OSError, TokenError),
    *(OverflowError, MemoryError, RecursionError, SyntaxError),
)

TEMPORARY = ".videeg-"
"""Mark in the names of temporary files and folders, before 8 letters that `tempfile` chooses."""

_HERE, _RENAME_EXCHANGE = -100, 2  # Linux's AT_FDCWD and flag of renameat2

_LOCK = "lock"  # in a temporary folder that belongs to no job

# raised by code that reads an entry which is missing, of another type or out of range
_NO_ENTRY = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success, sync it and rename it to `path`.

    It is whole after a power cut, too. On an error, remove the temporary file or folder, and
    folders made for it, and leave `path` as it was. Temporary files of killed writers of the same
    path are removed first.

    Raises:
        UserError: if the disk is full.
    """
    new_folders = [one for one in path.parents if not one.exists()]  # the inner ones first
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix, suffix = f".{path.stem}{TEMPORARY}", path.suffix
    remove_leftovers(path.parent, prefix, suffix)
    try:
        descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=path.parent)
    except FileNotFoundError:  # another writer, which failed, has just removed the empty folder
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    temporary.unlink()  # the caller may create a file or a folder
    try:
        with full_disk_named(path, written=temporary):
            yield temporary
            sync(temporary, *temporary.rglob("*"))
            if temporary.is_dir() and path.is_dir():
                _replace_folder(path, temporary)
            else:
                temporary.replace(path)
            sync(*(one.parent for one in (path, *new_folders)))
    except BaseException:
        remove(temporary)
        with suppress(OSError):  # one that others write to stays
            for folder in new_folders:
                folder.rmdir()
        raise


def _replace_folder(path: Path, new: Path) -> None:
    """Replace a folder, which cannot be renamed onto: at no time is there none, if possible."""
    with deferred_interrupt():
        old = new
        if not _exchange(path, new):
            prefix = f".{path.stem}{TEMPORARY}"
            old = Path(tempfile.mkdtemp(prefix=prefix, suffix=path.suffix, dir=path.parent))
            try:
                rename_all([(path, old), (new, path)])
            except OSError:
                old.rmdir()
                raise
        sync(path.parent)
        remove(old)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two folders at once; return False where the system cannot."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "renameat2"):  # macOS
        return False
    paths = (_HERE, os.fsencode(one), _HERE, os.fsencode(other))
    return int(libc.renameat2(*paths, _RENAME_EXCHANGE)) == 0


def sync(*paths: Path) -> None:
    """Bring files to the disk, and of folders the names in them, so that a power cut keeps both."""
    for path in paths:
        if path.is_symlink():  # its folder holds it
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError:
            if not path.is_dir():  # some file systems cannot sync a folder
                raise
        finally:
            os.close(descriptor)


@contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder beside `path`, and remove it at the end; an interrupt waits for that.

    Those of killed processes are removed first. The living hold a lock in theirs.
    """
    prefix = f".{path.name}{TEMPORARY}"
    for left in leftovers(path.parent, prefix):
        if (left / _LOCK).is_file() and not is_held(left / _LOCK):
            remove(left)
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=prefix))
    try:
        with (folder / _LOCK).open("w") as lock:
            with suppress(OSError):  # the file system has no locks
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
    finally:
        with deferred_interrupt():
            remove(folder)


def rename_all(moves: Sequence[tuple[Path, Path]]) -> None:
    """Rename all or none, in this order; an interrupt waits until it is done.

    Args:
        moves: Old and new path of each, on one file system. The new one does not exist, or both
            are folders and it is empty.
    """
    done: list[tuple[Path, Path]] = []
    with deferred_interrupt():
        try:
            for old, new in moves:
                old.replace(new)
                done.append((old, new))
        except OSError:
            for old, new in reversed(done):
                new.replace(old)
            raise


def leftovers(folder: Path, prefix: str, suffix: str = "") -> list[Path]:
    """Return the temporary files and folders in a folder whose names begin and end like this."""
    return list(folder.glob(f"{escape(prefix)}????????{escape(suffix)}"))


def remove_leftovers(folder: Path, prefix: str, suffix: str = "") -> None:
    """Remove the temporary files and folders of killed writers; there must be no living one."""
    for path in leftovers(folder, prefix, suffix):
        remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_array(array: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's values in C order (not of its shape or dtype), as hex."""
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def sha256_json(value: Any) -> str:
    """Return the SHA-256 of a JSON value with sorted keys, as hex."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def sha256_once(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as hex; a process reads an unchanged file once."""
    stat = path.stat()
    state = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    return _sha256_in_state(path, state)


@cache
def _sha256_in_state(path: Path, state: tuple[int, ...]) -> str:
    return sha256_file(path)


def checked(path: Path, sha256: str, *, listed_in: Path) -> Path:
    """Return `path` after comparing the file with its checksum.

    Args:
        path: The file.
        sha256: Its recorded checksum.
        listed_in: The record of the checksum, an output of the rule that makes the file.

    Raises:
        UserError: if the file is missing or has another checksum.
    """
    expected = f"the file that {listed_in.name} lists, with SHA-256 {str(sha256)[:12]}…"
    remedy = make_again(str(listed_in))
    try:
        found = sha256_once(path)
    except FileNotFoundError:
        raise UserError(
            str(path), expected=expected, found="no such file", next_step=remedy
        ) from None
    if found != sha256:
        raise UserError(
            str(path),
            expected=expected,
            found=f"SHA-256 {found[:12]}…: a damaged file, or one of another run",
            next_step=remedy,
        )
    return path


def damaged(path: Path, next_step: str | None = None) -> UserError:
    """Return the error for a work file whose content differs from the checksum in it."""
    return UserError(
        str(path),
        expected="the content that its checksum states",
        found="another content: the file is damaged or was edited",
        next_step=next_step or make_again(str(path)),
    )


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON; ValueError for NaN and infinities, which JSON lacks."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path, *, next_step: str | None = None) -> Any:
    """Read JSON.

    Args:
        path: The file.
        next_step: Advice in the error; by default, how the workflow makes its output again.

    Raises:
        UserError: if the file is missing, cannot be read or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))  # a byte-order mark is allowed
    except FileNotFoundError:
        raise missing(path, next_step) from None
    except OSError as error:  # a folder, or no permission
        raise UserError(
            str(path),
            expected="a file that can be read",
            found=str(error.strerror).lower(),
            next_step="correct the path, or its permissions",
        ) from None
    except (ValueError, RecursionError) as error:
        raise UserError(
            str(path),
            expected="JSON",
            found=str(error),
            next_step=next_step or make_again(str(path)),
        ) from None


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a JSON object with its checksum in the entry `checksum`."""
    stored = json.loads(json.dumps(record, allow_nan=False))  # as it will be read: tuples, keys
    write_json(path, record | {"checksum": sha256_json(stored)})


def read_record(path: Path, *, next_step: str | None = None) -> dict[str, Any]:
    """Read what `write_record` wrote; a file without `checksum` is read as it is.

    Args:
        path: The file.
        next_step: See `read_json`.

    Raises:
        UserError: if the file is missing, not a JSON object, or differs from its checksum.
    """
    record = read_json(path, next_step=next_step)
    if not isinstance(record, dict):
        raise damaged(path, next_step)
    checksum = record.pop("checksum", None)
    if checksum not in (None, sha256_json(record)):
        raise damaged(path, next_step)
    return record


@contextmanager
def entries_of(path: Path, *, next_step: str | None = None) -> Iterator[None]:
    """Name the record whose entries are missing or of another kind where the block reads them.

    A checksum tells that a record is whole, not that this version wrote it.

    Raises:
        UserError: instead of the errors of such entries.
    """
    try:
        yield
    except _NO_ENTRY as error:
        problem = textwrap.shorten(f"{type(error).__name__}: {error}", 160)
        raise UserError(
            str(path),
            expected="the entries that this version writes",
            found=f"one that is missing or of another kind ({problem})",
            next_step=next_step or make_again(str(path)),
        ) from error


def missing(path: Path, next_step: str | None = None) -> UserError:
    """Return the error for a missing file."""
    return UserError(
        str(path),
        expected="a file",
        found="no such file",
        next_step=next_step or "check the path, or run the rule that writes it",
    )


def read_npy(path: Path, *, memory_map: bool = False) -> NDArray[Any]:
    """Read a .npy file without unpickling.

    It takes no more memory than the file, whatever its header claims.

    Raises:
        UserError: if the file is missing, truncated, or holds anything else than numbers.
    """
    try:
        dtype = _npy_dtype(path)
        if dtype.kind in "biufc":  # mapping -1 values of zero bytes would crash NumPy
            # mapping compares the header with the size of the file before anything is allocated
            array = np.load(path, mmap_mode="r", allow_pickle=False)
            return array if memory_map else np.array(array)
        problem = f"values of type {dtype}"
    except FileNotFoundError:
        raise missing(path) from None
    except _NO_ARRAY as error:
        problem = str(error)
    raise UserError(
        str(path),
        expected="a complete .npy array of numbers",
        found=problem,
        next_step="copy or download the file again",
    )


def _npy_dtype(path: Path) -> np.dtype[Any]:
    """Read the dtype in the header of a .npy file."""
    with path.open("rb") as file:
        if np.lib.format.read_magic(file) == (1, 0):
            return np.lib.format.read_array_header_1_0(file)[2]
        return np.lib.format.read_array_header_2_0(file)[2]


@contextmanager
def new_npy(path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> Iterator[NDArray[Any]]:
    """Yield an array of zeros in a file, to be filled; on success, rename the file to `path`.

    Its space is reserved first: a mapped page without a place on the disk kills the process.

    Raises:
        UserError: if the disk has less space.
    """
    check_space(path, math.prod(shape) * np.dtype(dtype).itemsize)
    with atomic_path(path) as temporary:
        array = np.lib.format.open_memmap(temporary, "w+", dtype, shape)
        if hasattr(os, "posix_fallocate"):  # not on macOS
            with temporary.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, temporary.stat().st_size)
        yield array
        array.flush()


def write_npy(path: Path, array: NDArray[Any]) -> None:
    """Write a .npy file that appears under its name only when complete.

    Raises:
        UserError: if the disk has less space.
    """
    check_space(path, array.nbytes)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.save(file, array, allow_pickle=False)
