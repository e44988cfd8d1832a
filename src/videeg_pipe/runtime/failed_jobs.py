"""The record of a run that has not ended well, for `videeg doctor`."""

from pathlib import Path
from typing import Any

from videeg_pipe.runtime.files import read_json, write_json

RECORD = Path("logs", "failed.json")
"""Its place in the results folder, from the beginning of a run to its success."""


def write_failed(results: Path, command: str, jobs: list[dict[str, Any]]) -> None:
    """Write the record.

    Args:
        results: Folder of the run's results.
        command: Command line of the run.
        jobs: None at all while the run goes on. For each failed job its `rule`, `output` and `log`
            (lists of files), and `error`, the last error in the log; None if there is none.
    """
    write_json(results / RECORD, {"command": command, "jobs": jobs})


def read_failed(results: Path) -> dict[str, Any] | None:
    """Return the record, or None if the last run ended well.

    Raises:
        UserError: if the file is damaged.
    """
    path = results / RECORD
    return read_json(path) if path.is_file() else None
