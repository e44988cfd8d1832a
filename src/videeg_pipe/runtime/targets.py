"""Paths that a command is asked to write, checked before any work is done."""

import os
import tempfile
from pathlib import Path

from videeg_pipe.runtime.errors import UserError

_LONGEST = 200
"""Bytes of a name; systems allow 255, and temporary and numbered files have longer names."""


def check_new(path: Path, *, overwrite: bool, ours: bool) -> None:
    """Refuse a path that exists, be it a link that leads nowhere, and a name that is too long.

    Args:
        path: File or folder to write.
        overwrite: Whether it may be replaced.
        ours: Whether it is what this command writes; nothing else is ever replaced.

    Raises:
        UserError: if it exists and may not be replaced, or is too long for further files beside it.
    """
    check_length(path)
    if os.path.lexists(path) and not (overwrite and ours):
        kind = "folder" if path.is_dir() else "file" if path.exists() else "link to nothing"
        raise UserError(
            str(path),
            expected="a new name",
            found=f"a {kind} that exists",
            next_step="choose another name" + (", or allow it with --overwrite" if ours else ""),
        )


def check_new_video(path: Path, *, overwrite: bool) -> None:
    """Refuse a path where a video cannot be written.

    Raises:
        UserError: if it does not end with .mp4, exists and may not be replaced, or cannot be
            written.
    """
    if path.suffix.lower() != ".mp4":
        raise UserError(
            str(path),
            expected="a new file that ends with .mp4",
            found=f"the suffix '{path.suffix}'",
            next_step="choose another name",
        )
    check_new(path, overwrite=overwrite, ours=path.is_file())
    check_writable(path.absolute().parent)


def check_length(path: Path) -> None:
    """Refuse a name without room for those of temporary files.

    Raises:
        UserError: naming its length.
    """
    length = len(os.fsencode(path.name))
    if length > _LONGEST:
        raise UserError(
            f"{path.name[:20]}…",
            expected=f"a name of at most {_LONGEST} bytes",
            found=f"{length} bytes",
            next_step="choose a shorter name",
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
