"""Folders of exports, which appear under their name only when complete, and names in them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that is renamed to `folder` on success.

    Raises:
        UserError: if `folder` exists and is not an empty folder, or the disk is full.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UserError(
            str(folder),
            expected="a new or empty folder",
            found="a folder with files" if folder.is_dir() else "a file",
            next_step="name another folder, or remove it",
        )
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        yield temporary


def file_labels(names: Sequence[str]) -> dict[str, str]:
    """Return a label of letters and digits per name, as BIDS requires; numbers where two clash."""
    labels = [re.sub("[^A-Za-z0-9]", "", name) for name in names]
    if len({label.lower() for label in labels}) < len(labels) or "" in labels:
        labels = [f"{i:03d}" for i in range(1, len(names) + 1)]
    return dict(zip(names, labels, strict=True))
