"""Tables of ablations on the decoding page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from videeg_pipe.report.decoding_tables import MAIN, score_part
from videeg_pipe.report.formatting import capitalised, number, with_interval

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class AblationRow:
    """A decoder without a part, as text."""

    name: str
    trainings: int
    cells: list[tuple[str, str]]  # difference with p, and interval over trainings, by score


@dataclass(frozen=True)
class AblationTable:
    """The ablations of a decoder."""

    whole: str
    scores: list[str]
    rows: list[AblationRow]


def ablation_tables(scores: Entry) -> list[AblationTable]:
    """Arrange the differences between ablations and whole decoders, a table per decoder.

    Args:
        scores: decoding.json.
    """
    found = {(of["row"], of["score"]): of for of in scores["ablations"]}
    wholes: dict[str, dict[str, None]] = {}
    for of in scores["ablations"]:
        wholes.setdefault(of["reference"], {})[of["row"]] = None
    tables = []
    for whole, rows in wholes.items():
        shown = [score for score in MAIN if any((row, score) in found for row in rows)]
        made = [_row(row, [found.get((row, score)) for score in shown]) for row in rows]
        tables.append(AblationTable(whole, [capitalised(score_part(s).label) for s in shown], made))
    return tables


def _row(name: str, changes: list[Entry | None]) -> AblationRow:
    trainings = max(len(change["by_seed"]) for change in changes if change is not None)
    return AblationRow(name, trainings, [_cell(change) for change in changes])


def _cell(change: Entry | None) -> tuple[str, str]:
    if change is None:
        return "–", ""
    text = with_interval({"value": change["difference"], **change})
    p = "" if change["p_holm"] is None else f", p {number(change['p_holm'])}"
    low, high = change["seeds_low"], change["seeds_high"]
    return text + p, "" if low is None else f"[{number(low)}, {number(high)}] over trainings"
