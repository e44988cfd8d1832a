"""The rows of events.tsv, with onset and duration in seconds.

BIDS prescribes seconds and a decimal point. Tables in milliseconds, or with decimal commas, are
converted where `*_events.json` or the table itself says so.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json
from videeg_pipe.sources.bids.listing import (
    EVENT_COLUMNS,
    VIDEO_COLUMN,
    events_file,
    names_video,
    side_files,
)
from videeg_pipe.sources.bids.sidecar import CORRECT_JSON
from videeg_pipe.sources.findings import Finding
from videeg_pipe.sources.recording import BOUNDARY
from videeg_pipe.sources.tsv import read_tsv

LABELS = ("trial_type", "value")
"""Columns in which a row may be called a bad segment."""

BREAK = ("boundary", BOUNDARY)
"""Names of breaks of unknown length."""

_TIMES = ("onset", "duration")
_BAD = re.compile(r"(?:.*/)?(BAD$|(?i:bad)[ _].*)", re.DOTALL)
_COMMA = re.compile(r"[+-]?\d+,\d+")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
_PER_SECOND = {
    1.0: "s sec secs second seconds",
    1e3: "ms msec msecs millisecond milliseconds milisecond miliseconds",
    1e6: "us \u00b5s \u03bcs usec microsecond microseconds",
}


def read_events(recording: Path, findings: list[Finding]) -> tuple[pd.DataFrame, float]:
    """Read the events of a recording, which must have an events file.

    Args:
        recording: The EEG file.
        findings: What was converted is added to it.

    Returns:
        The rows as text, onset and duration in seconds; and the units of the stored onset per
        second, 1 where it is in seconds.

    Raises:
        UserError: for a file that is not a table or not JSON, another unit of time, or a bad
            segment whose time is not a number.
    """
    path = events_file(recording)
    assert path is not None
    rows = read_tsv(path, EVENT_COLUMNS)
    names = rows[[name for name in LABELS if name in rows]]
    bad = names.map(bad_name, na_action="ignore").notna().any(axis=1) & without_video(rows)
    if without_video(rows).all() and not bad.any() and not names.isin(BREAK).any(axis=None):
        return rows, 1.0  # no time matters, whatever its unit
    units = _units(recording)
    for name in [name for name in _TIMES if name in rows]:
        rows[name] = _with_points(path, rows[name], findings)
        if name in units and units[name][1] != 1:
            unit, per_second = units[name]
            number = pd.to_numeric(rows[name], errors="coerce") / per_second
            rows[name] = rows[name].mask(number.notna(), number.astype(str))
            what = f"Column {name} is in {unit}, as its side file says: converted to seconds."
            findings.append(Finding(str(path), "repaired", what))
    _check_bad_rows(path, rows, bad)
    return rows, units.get("onset", ("", 1.0))[1]


def bad_name(text: str) -> str | None:
    """Return the name of a bad segment, which begins with BAD as MNE needs it, or None.

    The type of a marker may come before it: `Comment/BAD_muscle`.
    """
    found = _BAD.fullmatch(text)
    return found and found[1]


def without_video(events: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows show no video; one that does may have any name."""
    files = events[VIDEO_COLUMN] if VIDEO_COLUMN in events else pd.Series(None, events.index)
    return ~files.map(names_video, na_action="ignore").eq(True).to_numpy(bool)


def _check_bad_rows(path: Path, events: pd.DataFrame, bad: pd.Series) -> None:
    """Check that bad segments have a time: without it, nothing would be left out."""
    for name in [name for name in _TIMES if name in events]:
        known = np.isfinite(pd.to_numeric(events[name], errors="coerce"))
        wrong = bad & ~known & (events[name].notna() | (name == "onset"))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise UserError(
                f"{path}, row {row + 1}",
                expected=f"the {name} of a bad segment, in seconds",
                found=str(events[name].iloc[row]),
                next_step="write a number with a decimal point, or remove the row",
            )


def _with_points(path: Path, texts: pd.Series, findings: list[Finding]) -> pd.Series:
    """Replace decimal commas by points, unless the commas may separate thousands."""
    given = texts.dropna().str.strip()
    commas = given[given.str.contains(",", regex=False)]
    pointed = given.str.contains(".", regex=False).any()
    if pointed or not commas.str.fullmatch(_COMMA).all() or commas.str.fullmatch(_THOUSANDS).all():
        return texts  # without commas as well; wrong values are named where they matter
    what = f"Column {texts.name} has decimal commas: read as decimal points."
    findings.append(Finding(str(path), "repaired", what))
    return texts.str.replace(",", ".", regex=False)


def _units(recording: Path) -> dict[str, tuple[str, float]]:
    """Unit of onset and duration as `*_events.json` states them, and how many are a second.

    Raises:
        UserError: if it is neither seconds, milliseconds nor microseconds.
    """
    units = {}
    for file in reversed(side_files(recording, "events.json")):  # the nearest counts
        facts = read_json(file, next_step=CORRECT_JSON)
        for name in _TIMES:
            column = facts.get(name) if isinstance(facts, dict) else None
            stated = str(column.get("Units") or "") if isinstance(column, dict) else ""
            if stated.strip().lower() not in ("", "n/a"):
                units[name] = stated, _per_second(file, name, stated)
    return units


def _per_second(file: Path, name: str, stated: str) -> float:
    words = set(re.findall(r"[^\W\d_]+", stated.lower()))
    named = [count for count, names in _PER_SECOND.items() if words & set(names.split())]
    if len(named) != 1:
        raise UserError(
            str(file),
            expected=f"{name} in seconds, as BIDS prescribes",
            found=f"Units {stated}",
            next_step="write onset and duration in seconds, and s into Units",
        )
    return named[0]
