"""The data set that results were made from, so that those of another one do not replace them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record, write_record


def claim(file: Path, source: Mapping[str, Any]) -> None:
    """Record `kind` and `path` of the source in `file`."""
    write_record(file, {"kind": source["kind"], "path": source["path"]})


def check_claim(file: Path, source: Mapping[str, Any]) -> None:
    """Compare the source of a run with the one recorded in `file`, which may not exist.

    Raises:
        UserError: if the results are those of another kind of source or folder.
    """
    if not file.exists():
        return
    kind, path = (read_record(file).get(name) for name in ("kind", "path"))
    if kind == source["kind"] and _same(path, source["path"]):
        return
    raise UserError(
        str(file),
        expected=f"no results, or those of {_words(source['kind'], source['path'])}",
        found=f"results of {_words(kind, path)}, which this run would replace",
        next_step="set run.results to another folder, or pass the config file of these results; "
        "if the data were moved, or these results are not needed, delete the file and run again",
    )


def _same(path: str | None, other: str | None) -> bool:
    """Compare two paths as written, since a project may be moved, and as they resolve."""
    if path is None or other is None:
        return path is other
    return path == other or os.path.realpath(path) == os.path.realpath(other)


def _words(kind: str | None, path: str | None) -> str:
    return f"source.kind {kind}" + (f" with source.path {path}" if path else "")
