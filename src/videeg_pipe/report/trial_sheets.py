"""Tables of trials as the page shows them: sheets that fit on it, rankings and figures."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videeg_pipe.contracts.scores import ScoreSpec, Sheet, trial_scores
from videeg_pipe.report.forest import Dot, forest
from videeg_pipe.report.formatting import number, whole
from videeg_pipe.report.ranking import Ranked, intervals, places, rank, ranking_pictures
from videeg_pipe.report.read_tables import Entry, ScoreTable, read_score_table
from videeg_pipe.report.svg import Picture

Cell = dict[str, Any]
_MEASURED = "Measured here"
_FULL_SIZE = "At the paper’s size and sampler, timed on a few samples"
_PUBLISHED = "Published in the paper, protocol unknown"
_SHEETS: dict[str, dict[str, Sheet]] = {
    "Scores": {_MEASURED: "scores"},
    "The paper’s measures": {_MEASURED: "paper"},
    "Cost and reduction": {_MEASURED: "cost", _FULL_SIZE: "paper_size"},
}
"""Title of each sheet, and its groups of columns by `sheet` of the catalogue."""


@dataclass(frozen=True)
class TrialSheet:
    """A part of a table that fits on a page."""

    groups: dict[str, list[str]]  # column labels by group
    rows: dict[str, list[Cell]]  # by variant, in the order of the columns


@dataclass(frozen=True)
class TrialView:
    """A table of trials with its sheets, rankings and figures."""

    table: ScoreTable
    sheets: dict[str, TrialSheet]
    ranking: list[Ranked]
    pictures: list[Picture]


def arrange_trials(path: Path, *, differences: bool) -> TrialView:
    """Read a table that `tabulate` wrote and arrange it for the page.

    Args:
        path: CSV with one row per variant and score.
        differences: Show the difference from the first variant beside each mean, and do not rank.

    Raises:
        UserError: if the file lacks a column.
    """
    table = read_score_table(path)
    sheets = {title: _sheet(table, groups, differences) for title, groups in _SHEETS.items()}
    return TrialView(
        table=table,
        sheets={title: sheet for title, sheet in sheets.items() if sheet.groups},
        ranking=[] if differences else rank(table),
        pictures=_changes(table) if differences else ranking_pictures(table),
    )


def _sheet(table: ScoreTable, groups: Mapping[str, Sheet], differences: bool) -> TrialSheet:
    """Columns of the known scores; published values have columns of their own."""
    specs = trial_scores()
    columns = {
        title: table.available([name for name, spec in specs.items() if spec.sheet == kind])
        for title, kind in groups.items()
    }
    measured = [name for name, spec in specs.items() if spec.sheet == groups[_MEASURED]]
    columns[_PUBLISHED] = table.available(measured, published=True)
    first = table.variants[0]
    ranges = {score: {} if differences else places(table, score) for score in measured}
    rows: dict[str, list[Cell]] = {name: [] for name in table.variants}
    for name, cells in rows.items():
        for title, scores in columns.items():
            for score in scores:
                entry, form = table.entry(name, score), _form(specs[score])
                if title == _PUBLISHED:
                    cells.append({"text": form(entry.published), "under": [], "sure": False})
                    continue
                cell = _cell(entry, form, differences and name != first)
                if (place := ranges.get(score, {}).get(name)) is not None:
                    cell["under"].append(f"place {place}")
                if specs[score].unit == "count" and f"native_{score}" in specs:
                    full = table.entry(name, f"native_{score}").mean
                    cell["under"] += _share(entry.mean, full)
                cells.append(cell)
    heads = {
        title: [specs[score].head for score in scores]
        for title, scores in columns.items()
        if scores
    }
    return TrialSheet(heads, rows)


def _cell(entry: Entry, form: Callable[[float], str], difference: bool) -> Cell:
    """A mean above its intervals; with `difference`, above the change, `sure` if it excludes 0."""
    cell: Cell = {"text": form(entry.mean), "under": [], "sure": False}
    if not difference:
        cell["under"] = intervals(entry)
        return cell
    cell["under"] = intervals(Entry(clips=entry.clips))
    if not math.isnan(entry.difference):
        change = form(entry.difference)
        sign = "+" if entry.difference > 0 and change.strip("0.") else ""
        cell["under"].append(" ".join([sign + change, *intervals(Entry(trainings=entry.change))]))
        low, high = entry.change or (0.0, 0.0)
        cell["sure"] = low > 0 or high < 0
    return cell


def _form(spec: ScoreSpec) -> Callable[[float], str]:
    return whole if spec.unit == "count" else number


def _share(value: float, full: float) -> list[str]:
    """Share of the full size, if it was reduced."""
    return [f"{100 * value / full:.2g} % of the paper’s"] if 0 < value < full else []


def _changes(table: ScoreTable) -> list[Picture]:
    """The change of the main score by each variant."""
    spec = trial_scores()["of_ceiling"]
    dots = [
        Dot(name, entry.difference, line=entry.change)
        for name in table.variants[1:]
        for entry in [table.entry(name, spec.trial)]
        if not math.isnan(entry.difference)
    ]
    if not dots:
        return []
    caption = (
        "Change by each variant, with 95 % intervals over trainings. An interval that includes 0 "
        "shows no effect."
    )
    return [forest(dots, f"change of {spec.label}", caption)]
