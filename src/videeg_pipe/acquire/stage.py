"""Describe any source in the same four tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from videeg_pipe.contracts.tables import check_table, write_table
from videeg_pipe.sources.registry import SOURCES


def acquire(config: Mapping[str, Any], *, root: Path, tables: Mapping[str, Path]) -> None:
    """Check the source file by file and describe it in four tables.

    Args:
        config: `kind`, `path`, `subjects` and `units` of `source`, and the source's own section.
        root: Folder of the data set.
        tables: Where to write `recordings`, `clips`, `videos` and `participants`. None is written
            before all four are checked.

    Raises:
        UserError: naming the first file that is missing or not as expected.
    """
    made = SOURCES[config["source"]["kind"]].tables().make_tables(config, root)
    checked = {name: check_table(path, name, made[name]) for name, path in tables.items()}
    for name, path in tables.items():
        write_table(path, name, checked[name])
