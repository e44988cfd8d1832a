"""Tables of the scores of a section, with one row per row of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from videeg_pipe.contracts.scores import ScoreSpec, section_scores
from videeg_pipe.report.formatting import capitalised, number, score_text, with_interval

_COLUMNS = {
    "fidelity": {
        "value": "Generated",
        "floor": "Floor: real against real",
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

    heads: list[str]  # of the columns beside the label
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
    kept = [i for i, field in enumerate(columns) if any(row.cells[i] != "–" for row in rows)]
    heads = list(columns.values())
    return SectionTable(
        [heads[i] for i in kept],
        [
            Row(row.spec, row.label, [row.cells[i] for i in kept], row.reason, row.part)
            for row in rows
        ],
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
    if spec.parts and not spec.parts_key:
        return [
            Row(part, capitalised(part.label), _cells(part, entry[name], section, fields),
                entry[name].get("reason"))
            for name in spec.parts
            for part in [spec.part(name)]
        ]  # fmt: skip
    label, reason, parts = capitalised(spec.label), None, {}
    if isinstance(entry, Mapping):
        label += f" ({spec.parts[entry['which']]})" if entry.get("which") in spec.parts else ""
        reason, parts = entry.get("reason"), entry.get(spec.parts_key, {})
    return [Row(spec, label, _cells(spec, entry, section, fields), reason)] + [
        Row(spec, spec.parts.get(name, name), _part_cells(spec, own, fields),
            own.get("reason") if isinstance(own, Mapping) else None, part=True)
        for name, own in parts.items()
    ]  # fmt: skip


def _cells(spec: ScoreSpec, entry: Any, section: Mapping[str, Any], fields: list[str]) -> list[str]:
    values = entry if isinstance(entry, Mapping) else {"value": entry}
    cells = []
    for field in fields:
        if field == "value":
            cells.append(score_text(spec, values))
        elif field == "ideal":
            cells.append(_ideal(spec, section))
        elif field.startswith("n_"):
            count = values.get(field)
            unit = " presentations" if values.get("drawn") == "presentations" else ""
            cells.append("–" if count is None else f"{count:,}" + unit * (field == "n_clips"))
        else:
            cells.append(score_text(spec, values.get(field)))
    return cells


def _part_cells(spec: ScoreSpec, entry: Any, fields: list[str]) -> list[str]:
    """Cells of a part, without what it shares with the whole score."""
    values = entry if isinstance(entry, Mapping) else {"value": entry}
    return [
        score_text(spec, values if field == "value" else values.get(field))
        if field in ("value", "floor")
        else "–"
        for field in fields
    ]


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
