"""Tables of the scores of a section, with one row per row of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from videeg_pipe.contracts.scores import ScoreSpec, section_scores
from videeg_pipe.report.formatting import capitalised, number, score_text, with_interval

_COLUMNS = {
    "fidelity": {
        "value": "Generated",
        "floor": "Floor: real against real",
        "training": "Training windows against test windows",
        "white_noise": "White noise",
        "ideal": "Ideal",
    },
    "alignment": {
        "value": "Value [95 % interval]",
        "chance": "Chance",
        "ceiling": "Ceiling",
        "ideal": "Ideal",
        "n_windows": "Windows",
        "n_clips": "Clips",
    },
    "privacy": {
        "value": "Value [95 % interval]",
        "chance": "Chance",
        "floor": "Floor: blind attack",
        "ceiling": "Ceiling: real windows",
        "ideal": "Ideal",
    },
    "paper": {"value": "Generated", "other_window": "Another real window"},
    "cost": {"value": "Value"},
}
"""Fields of an entry that a section's table shows, and their headings."""


@dataclass(frozen=True)
class Row:
    """A score as text."""

    spec: ScoreSpec
    label: str
    cells: list[str]  # one per column
    reason: str | None  # why a value or its floor is missing
    part: bool = False  # of the score above it


@dataclass(frozen=True)
class SectionTable:
    """The scores of a section."""

    heads: list[str]  # of the columns after the label
    rows: list[Row]


def section_table(section: str, entries: Mapping[str, Any]) -> SectionTable:
    """Make the table of a section.

    Args:
        section: A key of `_COLUMNS`.
        entries: The section of metrics.json; scores that it lacks have no row.
    """
    columns, rows = _COLUMNS[section], []
    for spec in section_scores(section).values():
        if spec.name in entries:
            rows += _rows(spec, entries[spec.name], entries, list(columns))
    kept = [
        i for i, field in enumerate(columns) if any(row.cells[i] not in ("–", "") for row in rows)
    ]
    heads = list(columns.values())
    return SectionTable(
        [heads[i] for i in kept],
        [replace(row, cells=[row.cells[i] for i in kept]) for row in rows],
    )


def target_table(entries: Mapping[str, Any]) -> SectionTable:
    """Make the table of section `utility`: one column per target, one row per score."""
    targets = {name: entry for name, entry in entries.items() if name != "definitions"}
    rows = [
        Row(
            spec,
            capitalised(spec.label),
            [_target_cell(entry, spec.name) for entry in targets.values()],
            None,
        )
        for spec in section_scores("utility").values()
        if any(spec.name in entry for entry in targets.values())
    ]
    return SectionTable([capitalised(name) for name in targets], rows)


def _rows(spec: ScoreSpec, entry: Any, section: Mapping[str, Any], fields: list[str]) -> list[Row]:
    """The row of a score and those of its parts, such as bands or attacks."""

    def row(spec: ScoreSpec, label: str, entry: Any, *, part: bool = False) -> Row:
        values = entry if isinstance(entry, Mapping) else {"value": entry}
        cells = [
            "" if part and field not in ("value", "floor") else _cell(spec, values, section, field)
            for field in fields
        ]
        if part:  # a blank reads better than a dash below a filled row
            cells = ["" if cell == "–" else cell for cell in cells]
        return Row(spec, label, cells, values.get("reason"), part)

    if spec.parts and not spec.parts_key:
        bands = {name: spec.part(name) for name in spec.parts}
        return [row(band, capitalised(band.label), entry[name]) for name, band in bands.items()]
    values = entry if isinstance(entry, Mapping) else {}
    best, parts = spec.parts.get(values.get("which", "")), values.get(spec.parts_key, {})
    label = capitalised(spec.label) + (f" ({best})" if best else "")
    return [row(spec, label, entry)] + [
        row(spec, title, parts[name], part=True)
        for name, title in spec.parts.items()
        if name in parts
    ]


def _cell(
    spec: ScoreSpec, values: Mapping[str, Any], section: Mapping[str, Any], field: str
) -> str:
    if field == "value":
        return score_text(spec, values)
    if field == "ideal":
        return _ideal(spec, section)
    if not field.startswith("n_"):
        return score_text(spec, values.get(field))
    if values.get(field) is None:
        return "–"
    presentations = field == "n_clips" and values.get("drawn") == "presentations"
    return f"{values[field]:,}" + (" presentations" if presentations else "")


def _ideal(spec: ScoreSpec, section: Mapping[str, Any]) -> str:
    """The best value: a number, or that of the score which the catalogue names."""
    if spec.ideal is None:
        return "–"
    if isinstance(spec.ideal, str):
        return number((section.get(spec.ideal) or {}).get("value"))
    return f"{spec.ideal:g}"


def _target_cell(entry: Mapping[str, Any], name: str) -> str:
    if name not in entry:
        return "–"
    score = entry[name]
    return with_interval(score) + (f" ({score['reason']})" if "reason" in score else "")
