"""Temporary files of killed jobs, removed when the next run begins."""

import os
import re
from pathlib import Path

from videeg_pipe.runtime.files import TEMPORARY, remove
from videeg_pipe.runtime.lock import is_held

_TEMPORARY = re.compile(rf"\..*{re.escape(TEMPORARY)}[a-z0-9_]{{8}}(\.\w+)?")
"""Names that only this package gives; parts of samples clean up themselves."""


def remove_leftovers_of_killed_jobs(results: Path) -> list[Path]:
    """Remove the temporary files and folders in the folders of a run.

    Nothing is removed while a job holds its lock file: it may have outlived a killed Snakemake.

    Args:
        results: Folder of the results; it need not exist.

    Returns:
        What was removed.
    """
    if any(map(is_held, (results / "logs").rglob("*.lock"))):
        return []
    found = []
    for folder, names, files in os.walk(results):
        found += [Path(folder, name) for name in [*names, *files] if _TEMPORARY.fullmatch(name)]
        names[:] = [name for name in names if not name.startswith(".") and ".zarr" not in name]
    for path in found:
        remove(path)
    return found
