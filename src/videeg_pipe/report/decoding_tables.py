"""Tables of the decoding page: every score of every row, between its floor and its ceilings.

A table holds rows of one group of people and one start of the sampler, with the floors first.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from videeg_pipe.contracts.scores import ScoreSpec, section_scores
from videeg_pipe.models.decoders.registry import DECODERS
from videeg_pipe.report.formatting import capitalised, number, score_text, with_interval

Entry = Mapping[str, Any]

GROUPS = {
    "known": (
        "Known people",
        "Decoders were trained on the training clips of all of these people.",
    ),
    "single": (
        "One model per person",
        "Decoders were trained on the training clips of the person who is decoded, and of nobody "
        "else.",
    ),
    "new": (
        "New people",
        "Decoders were trained on known people alone; adapted rows also use the earliest training "
        "clips of the new person.",
    ),
}
"""Title and training of each group."""
MAIN = ("nway_label.all", "concept_top1", "identify_all.vae", "identify_within.vae", "ssim")
"""Scores that are unfolded."""


@dataclass(frozen=True)
class Track:
    """Places on a scale from 0 to 100, the smallest to the largest value of the table."""

    value: float
    low: float | None
    high: float | None
    floor: float | None
    ceilings: list[tuple[str, float]]  # first letter and place
    people: list[float]


@dataclass(frozen=True)
class TableRow:
    """A row as text."""

    name: str
    label: str
    about: str  # calibration and number of the training
    floor_row: bool  # whether it is a floor itself
    value: str
    people: str  # lowest and highest mean of a person
    floor: tuple[str, str]  # value and name of the best one
    skill: str
    difference: tuple[str, str]  # from the linear decoder, and its p
    track: Track | None


@dataclass(frozen=True)
class ScoreTable:
    """One score of a group."""

    label: str
    main: bool
    ceilings: str
    ends: tuple[str, str] | None  # of the scale
    reasons: list[str]  # why values or intervals are missing
    rows: list[TableRow]


@dataclass(frozen=True)
class GroupTables:
    """Everything that the page shows of one group of people."""

    name: str
    title: str
    training: str
    people: list[str]
    n_presentations: int
    n_runs: int
    linear: str  # row that others are compared with
    shared: list[ScoreTable]
    own: list[ScoreTable]  # rows with their own start beside the floors; empty without such rows


def group_tables(scores: Entry) -> list[GroupTables]:
    """Arrange the scores of all rows.

    Args:
        scores: decoding.json.
    """
    return [
        GroupTables(
            name,
            *GROUPS.get(name, (capitalised(name), "")),
            group["people"],
            group["n_presentations"],
            group["n_runs"],
            group["linear"],
            _tables(scores, name, "shared"),
            _tables(scores, name, "own"),
        )
        for name, group in scores["groups"].items()
    ]


def about(row: Entry) -> str:
    """Describe the calibration of a row and the number of its training, where it has several."""
    parts = []
    if row["method"] is not None:
        minutes = "" if row["minutes"] is None else f", {number(row['minutes'])} min per person"
        parts.append(f"adapted by {row['method']}: {row['percent']:g} %{minutes}")
        if row["variance_ratio"] is not None:
            parts.append(f"{number(row['variance_ratio'])} of the variance of known people's EEG")
    elif row["protocol"] == "new-0":
        parts.append("nothing of the person is known")
    if row["seed"]:
        parts.append(f"training {row['seed'] + 1}")
    return "; ".join(parts)


def best_floor(entry: Entry) -> tuple[str, float] | None:
    """Return name and value of the largest floor of a score, chance among them."""
    floors = {name: of["value"] for name, of in entry.get("floors", {}).items()}
    if entry.get("chance") is not None:
        floors["chance"] = entry["chance"]
    known = {name: value for name, value in floors.items() if value is not None}
    return max(known.items(), key=lambda of: of[1]) if known else None


def ceilings(entry: Entry) -> dict[str, float]:
    """Return the known ceilings of a score."""
    above = dict(entry.get("ceilings", {}))
    if entry.get("ceiling") is not None:
        above["on the EEG itself"] = entry["ceiling"]
    return {name: of["value"] for name, of in above.items() if of["value"] is not None}


def score_entries(row: Entry) -> dict[str, Entry]:
    """Return the values of a row by score; a part is named `score.part`."""
    return {
        f"{spec.name}.{part}" if part else spec.name: entry
        for spec in section_scores("decoding").values()
        if spec.name in row["scores"]
        for part, entry in spec.entries(row["scores"][spec.name]).items()
    }


def score_part(name: str) -> ScoreSpec:
    """Return the catalogue's row of `score` or `score.part`."""
    score, _, part = name.partition(".")
    spec = section_scores("decoding")[score]
    return spec.part(part) if part else spec


def _tables(scores: Entry, group: str, start: str) -> list[ScoreTable]:
    """Tables of a group's rows with this start, without ablations; floors stand beside both."""
    rows = {
        name: row
        for name, row in scores["rows"].items()
        if row["group"] == group
        and row["variant_of"] is None
        and (row["start"] == start or row["kind"] == "floor")
    }
    if all(row["kind"] == "floor" for row in rows.values()) and start == "own":
        return []
    rows = dict(sorted(rows.items(), key=lambda of: of[1]["kind"] != "floor"))
    entries = {name: score_entries(row) for name, row in rows.items()}
    changes = {
        (row["row"], row["score"]): row for row in scores["comparisons"] if row["group"] == group
    }
    names = dict.fromkeys(name for of in entries.values() for name in of)
    order = [name for name in MAIN if name in names]
    order += [name for name in names if name not in MAIN]
    return [
        _table(name, {row: of[name] for row, of in entries.items() if name in of}, rows, changes)
        for name in order
    ]


def _table(
    name: str,
    entries: Mapping[str, Entry],
    rows: Mapping[str, Entry],
    changes: Mapping[tuple[str, str], Entry],
) -> ScoreTable:
    spec = score_part(name)
    people = {row: _people(rows[row], name) for row in entries}
    above: dict[str, float] = {}
    for entry in entries.values():
        above |= ceilings(entry)
    floors = {row: best_floor(entry) for row, entry in entries.items()}
    ends = _ends(
        [entry["value"] for entry in entries.values()],
        [of[1] for of in floors.values() if of is not None],
        above.values(),
        *people.values(),
    )
    return ScoreTable(
        capitalised(spec.label),
        name in MAIN,
        ", ".join(f"{level} {number(value)}" for level, value in above.items()),
        None if ends is None else (number(ends[0]), number(ends[1])),
        list(dict.fromkeys(of["reason"] for of in entries.values() if of.get("reason"))),
        [
            TableRow(
                row,
                rows[row]["decoder"],
                about(rows[row]),
                rows[row]["kind"] == "floor",
                score_text(spec, entry),
                _range(people[row]),
                _floor_text(floors[row]),
                _skill(entry),
                _difference(changes.get((row, name))),
                _track(entry, floors[row], ceilings(entry), people[row], ends),
            )
            for row, entry in entries.items()
        ],
    )


def _people(row: Entry, score: str) -> list[float]:
    """Means of a row's people."""
    means = row["scores"].get("by", {}).get("subject", {})
    return [of[score] for of in means.values() if of.get(score) is not None]


def _ends(*values: Iterable[float | None]) -> tuple[float, float] | None:
    known = [value for of in values for value in of if value is not None and math.isfinite(value)]
    if not known or min(known) == max(known):
        return None
    return min(known), max(known)


def _track(
    entry: Entry,
    floor: tuple[str, float] | None,
    above: Mapping[str, float],
    people: list[float],
    ends: tuple[float, float] | None,
) -> Track | None:
    if ends is None or entry["value"] is None:
        return None
    low, high = ends

    def place(value: float) -> float:
        return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 2)

    ranged = entry.get("low") is not None
    return Track(
        place(entry["value"]),
        place(entry["low"]) if ranged else None,
        place(entry["high"]) if ranged else None,
        None if floor is None else place(floor[1]),
        [(name[0], place(value)) for name, value in above.items()],
        [place(value) for value in people] if len(people) > 1 else [],
    )


def _range(people: list[float]) -> str:
    if len(people) < 2:
        return ""
    return f"{len(people)} people: {number(min(people))} to {number(max(people))}"


def _floor_text(floor: tuple[str, float] | None) -> tuple[str, str]:
    return ("–", "") if floor is None else (number(floor[1]), floor[0].replace("_", " "))


def _skill(entry: Entry) -> str:
    skill = entry.get("skill")
    return "–" if skill is None or skill["value"] is None else with_interval(skill)


def _difference(change: Entry | None) -> tuple[str, str]:
    if change is None:
        return "–", ""
    text = with_interval({"value": change["difference"], **change})
    if change["p_holm"] is None or change["low"] is None:  # too few runs
        return text, ""
    return text, f"p {number(change['p_holm'])}"


def described(scores: Entry) -> dict[str, str]:
    """Return the descriptions of all decoders of the table, by name."""
    names = dict.fromkeys(row["variant_of"] or row["decoder"] for row in scores["rows"].values())
    return {name: DECODERS[name].description if name in DECODERS else "" for name in names}
