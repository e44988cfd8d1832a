"""The folder of results, and the data set they were made from: others are not replaced."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.runtime.files import read_record, write_record
from videeg_pipe.runtime.targets import existing

_MADE = ("made_from", "manifest/source.json", "manifest/*.parquet", "logs/*.lock")
"""What a folder of results has, once its first job has begun."""

_ALLOWED = ("logs", "benchmarks", "lost+found")
"""What a folder may have before that, beside the configuration of a run."""

_CONFIG = re.compile(rb"^run:", re.MULTILINE)


def check_folder(results: Path) -> None:
    """Refuse a folder of results that holds other files, such as `src` or the home folder.

    Raises:
        UserError: if it is a file or lies in one, has content but no results, or cannot be read.
    """
    try:
        there = existing(results)
        if not there.is_dir():
            raise _not_results(results, "a file" if there == results else f"{there}, a file")
        if there != results or any(any(results.glob(name)) for name in _MADE):
            return
        names = [path.name for path in results.iterdir() if not _is_config(path)]
    except OSError as error:  # no permission, or too long a name
        raise _not_results(results, str(error.strerror).lower()) from None
    others = [name for name in names if name not in _ALLOWED and not name.startswith(".")]
    if others:
        raise _not_results(results, f"a folder with {listed(sorted(others), 3)}")


def _is_config(path: Path) -> bool:
    """Return whether a file is the `config.yaml` of a run, and not one of a Snakemake profile."""
    return path.name == "config.yaml" and _CONFIG.search(path.read_bytes()) is not None


def _not_results(results: Path, found: str) -> UserError:
    return UserError(
        f"run.results {results}",
        expected="a new or empty folder, or one with the results of an earlier run",
        found=found,
        next_step="choose another name, such as results-2",
    )


def claim(file: Path, source: Mapping[str, Any]) -> None:
    """Record `kind`, `dataset` and `path` of the source in `file`."""
    write_record(file, {name: source.get(name) for name in ("kind", "dataset", "path")})


def check_claim(file: Path, source: Mapping[str, Any]) -> None:
    """Compare the source of a run with the one recorded in `file`, which may not exist.

    Raises:
        UserError: if the results are those of another kind of source or folder.
    """
    if not file.exists():
        return
    # read before any job can run, so that none can make it again
    record = read_record(file, next_step="delete it and run again")
    kind, dataset, path = (record.get(name) for name in ("kind", "dataset", "path"))
    if (kind, dataset) == (source["kind"], source.get("dataset")) and _same(path, source["path"]):
        return
    wanted = _words(source["kind"], source.get("dataset"), source["path"])
    raise UserError(
        str(file),
        expected=f"no results, or those of {wanted}",
        found=f"results of {_words(kind, dataset, path)}, which this run would replace",
        next_step="set run.results to another folder, or pass the config file of these results; "
        "if the data were moved, or these results are not needed, delete the file and run again",
    )


def _same(path: str | None, other: str | None) -> bool:
    """Compare two paths as written, since a project may be moved, and as they resolve."""
    if path is None or other is None:
        return path is other
    return path == other or os.path.realpath(path) == os.path.realpath(other)


def _words(kind: str | None, dataset: str | None, path: str | None) -> str:
    words = f"source.kind {kind}" + (f" and source.dataset {dataset}" if dataset else "")
    return words + (f" with source.path {path}" if path else "")
