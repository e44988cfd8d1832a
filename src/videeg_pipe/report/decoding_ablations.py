"""Tables of ablations and adaptations on the decoding page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from videeg_pipe.report.decoding_tables import MAIN, score_part
from videeg_pipe.report.formatting import capitalised, number, with_interval

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class DifferenceRow:
    """A decoder without a part, or adapted, as text."""

    name: str
    trainings: int
    cells: list[tuple[str, str]]  # difference with p, and interval over trainings, by score


@dataclass(frozen=True)
class DifferenceTable:
    """The rows that derive from a decoder."""

    whole: str
    scores: list[str]
    rows: list[DifferenceRow]


def difference_tables(differences: Iterable[Entry]) -> list[DifferenceTable]:
    """Arrange the differences of rows from the decoders that they derive from, a table for each.

    Args:
        differences: `ablations` or `adaptations` of decoding.json.
    """
    found = {(of["row"], of["score"]): of for of in differences}
    wholes: dict[str, dict[str, None]] = {}
    for of in found.values():
        wholes.setdefault(of["reference"], {})[of["row"]] = None
    tables = []
    for whole, rows in wholes.items():
        shown = [score for score in MAIN if any((row, score) in found for row in rows)]
        made = [_row(row, [found.get((row, score)) for score in shown]) for row in rows]
        labels = [capitalised(score_part(score).label) for score in shown]
        tables.append(DifferenceTable(whole, labels, made))
    return tables


def _row(name: str, changes: list[Entry | None]) -> DifferenceRow:
    trainings = max(len(change["by_seed"]) for change in changes if change is not None)
    return DifferenceRow(name, trainings, [_cell(change) for change in changes])


def _cell(change: Entry | None) -> tuple[str, str]:
    if change is None:
        return "–", ""
    text = with_interval({"value": change["difference"], **change})
    p = "" if change["p_holm"] is None else f", p {number(change['p_holm'])}"
    low, high = change["seeds_low"], change["seeds_high"]
    return text + p, "" if low is None else f"[{number(low)}, {number(high)}] over trainings"
