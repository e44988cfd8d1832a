"""Scores over several phantoms, from phantoms.csv."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from videeg_pipe.contracts.scores import ScoreSpec, phantom_scores
from videeg_pipe.report.formatting import capitalised, number, with_interval
from videeg_pipe.report.read_tables import read_columns

_COLUMNS = {"section", "score", "part", "seed", "value", "low", "high", "floor", "ceiling"}
_MEAN = "mean"


@dataclass(frozen=True)
class Row:
    """A score over phantoms, as text."""

    label: str
    mean: str  # with its 95 % interval over phantoms
    extremes: str
    floor: str
    ceiling: str
    ideal: str


@dataclass(frozen=True)
class Phantoms:
    """The table over phantoms."""

    seeds: list[str]
    rows: list[Row]


def read_phantoms(path: Path) -> Phantoms:
    """Read the scores over phantoms that the page shows.

    Raises:
        UserError: if the file lacks a column.
    """
    frame = read_columns(path, _COLUMNS, "scores over phantoms")
    frame = frame.astype({"seed": str}).fillna({"part": ""})
    rows = [
        _row(spec, label, own)
        for (section, score), spec in phantom_scores().items()
        for part, label in _labels(spec).items()
        for own in [_of(frame, section, score, part)]
        if own["value"].notna().any()
    ]
    return Phantoms(sorted(set(frame["seed"]) - {_MEAN}, key=int), rows)


def _labels(spec: ScoreSpec) -> dict[str, str]:
    """Label each row of a score: one per band or group of electrodes, otherwise a single one."""
    if not spec.parts or spec.parts_key:
        return {"": spec.label}
    return {part: spec.part(part).label for part in spec.parts}


def _of(frame: pd.DataFrame, section: str, score: str, part: str) -> pd.DataFrame:
    rows = (frame["section"] == section) & (frame["score"] == score) & (frame["part"] == part)
    return frame[rows].set_index("seed")


def _row(spec: ScoreSpec, label: str, own: pd.DataFrame) -> Row:
    each, mean = own.drop(index=_MEAN)["value"], own.loc[_MEAN]
    known = {
        name: None if pd.isna(mean[name]) else float(mean[name])
        for name in ("value", "low", "high", "floor", "ceiling")
    }
    return Row(
        capitalised(label if spec.unit in ("1", "count") else f"{label} ({spec.unit})"),
        with_interval(known),
        f"{number(each.min())} to {number(each.max())}",
        number(known["floor"]),
        number(known["ceiling"]),
        number(spec.ideal if isinstance(spec.ideal, int | float) else None),
    )
