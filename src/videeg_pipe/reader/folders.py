"""Folders of exports, which appear under their name only when complete, and names in them."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path
from videeg_pipe.runtime.targets import check_length, check_writable, existing


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that is renamed to `folder` on success.

    Raises:
        UserError: if `folder` exists and is not an empty folder, or cannot be written, or the disk
            is full.
    """
    check_length(folder)
    if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        kind = "file" if folder.exists() else "link to nothing"
        raise UserError(
            str(folder),
            expected="a new or empty folder",
            found="a folder with files" if folder.is_dir() else f"a {kind}",
            next_step="name another folder, or remove it",
        )
    check_writable(existing(folder.absolute().parent))
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        yield temporary


def file_labels(names: Sequence[str]) -> dict[str, str]:
    """Return a label of letters and digits per name, as BIDS requires; numbers where two clash."""
    labels = [re.sub("[^A-Za-z0-9]", "", name) for name in names]
    if len({label.lower() for label in labels}) < len(labels) or "" in labels:
        labels = [f"{i:03d}" for i in range(1, len(names) + 1)]
    return dict(zip(names, labels, strict=True))
