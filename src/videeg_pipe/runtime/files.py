"""Files that appear under their name only when complete, and checksums."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError

# raised by NumPy for a damaged header, a truncated file or a truncated archive
_NO_ARRAY = (ValueError, TypeError, EOFError, OSError, TokenError, BadZipFile)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success, sync it and rename it to `path`.

    On an error, remove the temporary file or folder and leave `path` as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(
        prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent
    )
    os.close(descriptor)
    temporary = Path(name)
    temporary.unlink()  # the caller may create a file or a folder
    try:
        yield temporary
        if temporary.is_file():
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
        elif path.is_dir():
            shutil.rmtree(path)  # a folder cannot be renamed onto another
        temporary.replace(path)
    except BaseException:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)
        raise


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


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON; ValueError for NaN and infinities, which JSON lacks."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        UserError: if the file is missing or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))  # a byte-order mark is allowed
    except FileNotFoundError:
        raise missing(path) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(
            str(path), expected="JSON", found=str(error), next_step="delete it and run again"
        ) from None


def missing(path: Path) -> UserError:
    """Return the error for a missing file."""
    return UserError(
        str(path),
        expected="a file",
        found="no such file",
        next_step="check the path, or run the rule that writes it",
    )


def read_npy(path: Path, *, memory_map: bool = False) -> NDArray[Any]:
    """Read a .npy file without unpickling.

    Raises:
        UserError: if the file is missing, truncated, or holds pickled objects.
    """
    try:
        array = np.load(path, mmap_mode="r" if memory_map else None, allow_pickle=False)
    except FileNotFoundError:
        raise missing(path) from None
    except _NO_ARRAY as error:
        problem = str(error)
    else:
        if isinstance(array, np.ndarray):
            return array
        problem = "an archive of arrays"
    raise UserError(
        str(path),
        expected="a complete .npy array of numbers",
        found=problem,
        next_step="copy or download the file again",
    )


def write_npy(path: Path, array: NDArray[Any]) -> None:
    """Write a .npy file that appears under its name only when complete."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.save(file, array, allow_pickle=False)
