"""Tables of trials, as the page shows them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videeg_pipe.report.forest import Dot, forest
from videeg_pipe.report.ranking import Ranked, intervals, places, rank, ranking_pictures
from videeg_pipe.report.svg import Picture
from videeg_pipe.report.tables import Entry, ScoreTable, read_table
from videeg_pipe.report.words import number

Cell = dict[str, Any]
_HERE, _FULL = "Measured here", "At its paper’s size and sampler, timed on a few samples"
_PRINTED = "Printed in the paper, protocol unknown"
_SHEETS = {
    "Scores": {
        _HERE: {
            "conditional_mean_r": "r of the mean",
            "of_ceiling": "the same / ceiling",
            "shuffled_video_r": "r with other videos",
            "blank_video_r": "r without video",
            "concept_retrieval": "concepts found",
            "sample_r": "r of a sample",
            "c2st": "told from real",
            "covariance_error": "covariance error",
            "covariance_over_floor": "the same / floor",
            "psd_distance": "spectra (dB)",
        },
    },
    "The paper’s measures": {
        _HERE: {
            "mse": "MSE",
            "mae": "MAE",
            "pearson": "Pearson",
            "stability": "stability",
            "temporal_consistency": "temporal consistency",
            "spatial_consistency": "spatial consistency",
        },
    },
    "Cost, and what was reduced": {
        _HERE: {
            "training_s": "training (s)",
            "training_windows": "windows learned from",
            "parameters": "parameters",
            "nfe": "evaluations",
            "seconds_per_sample": "seconds a sample",
            "peak_memory_mb": "memory (MiB)",
        },
        _FULL: {
            "native_parameters": "parameters",
            "native_nfe": "evaluations",
            "native_seconds_per_sample": "seconds a sample",
        },
    },
}
"""Scores with a column of their own, by table and group; the file has the others too."""
_COUNTS = {"training_windows", "parameters", "nfe", "native_parameters", "native_nfe"}
_REDUCED = {"parameters": "native_parameters", "nfe": "native_nfe"}


@dataclass(frozen=True)
class Sheet:
    """A part of a table that fits on a page."""

    groups: dict[str, list[str]]  # labels of the columns, under what they have in common
    rows: dict[str, list[Cell]]  # by variant, in the order of the columns


@dataclass(frozen=True)
class TrialView:
    """A file of trials, split into tables that fit on a page."""

    table: ScoreTable
    sheets: dict[str, Sheet]
    ranking: list[Ranked]
    pictures: list[Picture]


def read_trials(path: Path, *, differences: bool) -> TrialView:
    """Read a table that `tabulate` wrote.

    Args:
        path: CSV, a row a variant and score.
        differences: Show beside each mean what changes against the first variant, and rank nothing.

    Raises:
        UserError: if it is no such table.
    """
    table = read_table(path)
    sheets = {title: _sheet(table, groups, differences) for title, groups in _SHEETS.items()}
    return TrialView(
        table=table,
        sheets={title: sheet for title, sheet in sheets.items() if sheet.groups},
        ranking=[] if differences else rank(table),
        pictures=_changes(table) if differences else ranking_pictures(table),
    )


def _sheet(table: ScoreTable, groups: Mapping[str, Mapping[str, str]], differences: bool) -> Sheet:
    """The columns that something is known of; what the paper prints stands in its own."""
    labels = groups[_HERE]
    columns = {title: table.having(scores) for title, scores in groups.items()}
    columns[_PRINTED] = table.having(labels, printed=True)
    first = table.variants[0]
    places_by = {score: {} if differences else places(table, score) for score in labels}
    rows: dict[str, list[Cell]] = {name: [] for name in table.variants}
    for name, cells in rows.items():
        for title, scores in columns.items():
            for score in scores:
                entry, form = table.entry(name, score), _form(score)
                if title == _PRINTED:
                    cells.append({"text": form(entry.printed), "under": [], "sure": False})
                    continue
                cell = _cell(entry, form, differences and name != first)
                if (place := places_by.get(score, {}).get(name)) is not None:
                    cell["under"].append(f"place {place}")
                if score in _REDUCED:
                    cell["under"] += _share(entry.mean, table.entry(name, _REDUCED[score]).mean)
                cells.append(cell)
    names = {**labels, **groups.get(_FULL, {})}
    return Sheet(
        {title: [names[score] for score in scores] for title, scores in columns.items() if scores},
        rows,
    )


def _cell(entry: Entry, form: Any, difference: bool) -> Cell:
    """A mean and under it its intervals; with `difference` the change, `sure` if it is not zero."""
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


def _form(score: str) -> Any:
    return _count if score in _COUNTS else number


def _count(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}".replace("-", "−")


def _share(value: float, whole: float) -> list[str]:
    """What is left of the full size, where it was reduced."""
    return [f"{100 * value / whole:.2g} % of its paper’s"] if 0 < value < whole else []


def _changes(table: ScoreTable) -> list[Picture]:
    """What each variant changes in the answer to the video."""
    dots = [
        Dot(name, entry.difference, line=entry.change)
        for name in table.variants[1:]
        for entry in [table.entry(name, "of_ceiling")]
        if not math.isnan(entry.difference)
    ]
    if not dots:
        return []
    caption = (
        "What each variant changes in the answer to the video, with 95 % intervals over trainings; "
        "an interval that holds 0 shows no effect."
    )
    return [forest(dots, "change of r of the mean / ceiling", caption)]
