"""Paths that a command is asked to write, checked before any work is done."""

import tempfile
from pathlib import Path

from videeg_pipe.runtime.errors import UserError


def check_new(path: Path, *, overwrite: bool, ours: bool) -> None:
    """Refuse a path that exists.

    Args:
        path: File or folder to write.
        overwrite: Whether it may be replaced.
        ours: Whether it is what this command writes; nothing else is ever replaced.

    Raises:
        UserError: if it exists and may not be replaced.
    """
    if path.exists() and not (overwrite and ours):
        raise UserError(
            str(path),
            expected="a new name",
            found="a folder that exists" if path.is_dir() else "a file that exists",
            next_step="choose another name" + (", or allow it with --overwrite" if ours else ""),
        )


def existing(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that exists."""
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written to.

    Raises:
        UserError: if it does not exist, or no file can be created in it.
    """
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(
            str(folder),
            expected="a folder that can be written to",
            found=error.strerror or str(error),
            next_step="create it, or choose another",
        ) from None
