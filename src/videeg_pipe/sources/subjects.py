"""Names of subjects: the chosen ones, in natural order."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from videeg_pipe.config.source import SourceOptions
from videeg_pipe.runtime.errors import UserError


def chosen_subjects(source: SourceOptions, subjects: list[str], where: str) -> list[str]:
    """Narrow `subjects` to those in `source.subjects`.

    Args:
        source: `subjects` is read.
        subjects: All subjects of the data set.
        where: Name of the data set in an error.

    Raises:
        UserError: if a name in `source.subjects` is unknown.
    """
    if source.subjects is None:
        return subjects
    unknown = [name for name in source.subjects if name not in subjects]
    if unknown:
        raise UserError(
            "source.subjects",
            expected=f"people with EEG files in {where}: {', '.join(subjects)}",
            found=f"{', '.join(unknown)}{did_you_mean(unknown[0], subjects)}",
            next_step="correct source.subjects, or put the missing EEG files in place",
        )
    return [name for name in subjects if name in source.subjects]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Name the most similar known name, for an error; empty where none is similar."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


def natural_order(path: Path) -> list[str | int]:
    """Return the sort key of a file name: numbers in it count by value."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path.name)]
