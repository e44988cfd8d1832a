"""Describe any source in the same five tables."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from videeg_pipe.acquire.claim import claim
from videeg_pipe.contracts.tables import check_table, write_parquet
from videeg_pipe.sources.copies import check_copies
from videeg_pipe.sources.registry import SOURCES

logger = logging.getLogger(__name__)


def acquire(config: Mapping[str, Any], *, root: Path, tables: Mapping[str, Path]) -> None:
    """Check the source file by file and describe it in five tables.

    Args:
        config: `kind`, `path`, `subjects` and `units` of `source`, and the source's own section.
        root: Folder of the data set.
        tables: Where to write `recordings`, `clips`, `videos`, `participants` and `findings`. None
            is written before all are checked. `source.json` beside them names the data set.

    Raises:
        UserError: naming the first file that is missing or not as expected.
    """
    made = SOURCES[config["source"]["kind"]].tables().make_tables(config, root)
    files = made["recordings"].drop_duplicates("path")
    check_copies(dict(zip(files["path"], files["sha256"], strict=True)))
    found = made["findings"]
    made["findings"] = found.assign(file=[_inside(root, file) for file in found["file"]])
    for row in made["findings"].itertuples():
        logger.warning("%s: %s: %s", row.file, row.action, row.what)
    checked = {name: check_table(path, name, made[name]) for name, path in tables.items()}
    claim(tables["recordings"].with_name("source.json"), config["source"])
    for name, path in tables.items():
        write_parquet(path, checked[name])


def _inside(root: Path, file: str) -> str:
    """Return a path relative to the source, for reports that others read."""
    return str(Path(file).relative_to(root)) if Path(file).is_relative_to(root) else file
