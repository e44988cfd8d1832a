"""Rankings of generators, with ties where intervals overlap."""

import math
from dataclasses import dataclass

from videeg_pipe.contracts.scores import ScoreSpec, trial_scores
from videeg_pipe.report.forest import Dot, forest
from videeg_pipe.report.formatting import number
from videeg_pipe.report.read_tables import Entry, ScoreTable
from videeg_pipe.report.svg import Picture


def criteria() -> dict[str, ScoreSpec]:
    """Return the scores that rank generators; no sum of them does."""
    return {name: spec for name, spec in trial_scores().items() if spec.ranked}


@dataclass(frozen=True)
class Named:
    """A variant with its value as text, compared with the best generator."""

    name: str
    text: str
    than_best: str = ""


@dataclass(frozen=True)
class Ranked:
    """The ranking by one score."""

    spec: ScoreSpec
    best: Named
    tied: list[str]  # generators whose intervals overlap the best's
    floor: Named | None  # the best floor
    oracle: Named | None
    certain: bool  # whether the best has an interval


def rank(table: ScoreTable) -> list[Ranked]:
    """Rank the generators by each score; floors and oracles have no place."""
    ranked = []
    for score in table.available(criteria()):
        order = _ordered(table, score, "generator")
        if not order:
            continue
        first = table.entry(order[0], score)
        tied = [name for name in order[1:] if _overlap(first, table.entry(name, score))]
        ranked.append(
            Ranked(
                criteria()[score],
                Named(order[0], text_of(first)),
                tied,
                _compared(table, score, "floor", first),
                _compared(table, score, "oracle", first),
                bool(first.clips or first.trainings),
            )
        )
    return ranked


def places(table: ScoreTable, score: str) -> dict[str, str]:
    """Return the place of each generator by a score: a range where intervals overlap."""
    if score not in criteria():
        return {}
    names = _ordered(table, score, "generator")
    spans = {name: table.entry(name, score).reach for name in names}
    ranges = {}
    for name, (low, high) in spans.items():
        below = sum(other[1] < low for other in spans.values())
        above = sum(other[0] > high for other in spans.values())
        better, worse = (above, below) if criteria()[score].sign > 0 else (below, above)
        first, last = better + 1, len(names) - worse
        ranges[name] = f"{first}" if first == last else f"{first} to {last}"
    return ranges


def ranking_pictures(table: ScoreTable) -> list[Picture]:
    """Draw the variants in the order of each score, best at the top."""
    pictures = []
    for score in table.available(criteria()):
        spec = criteria()[score]
        dots = [
            Dot(
                name if role == "generator" else f"{name} ({role})",
                entry.mean,
                entry.clips,
                entry.trainings,
                role,
            )
            for name in _ordered(table, score)
            for role, entry in [(table.roles[name], table.entry(name, score))]
        ]
        better = "Larger" if spec.sign > 0 else "Smaller"
        pictures.append(
            forest(
                dots,
                spec.label if spec.unit == "1" else f"{spec.label} ({spec.unit})",
                f"{spec.headline}. {better} is better; the best is at the top.",
                origin=spec.ideal if isinstance(spec.ideal, int | float) else 0.0,
                decades=spec.sign < 0,
                best=_best_expected(table, score),
            )
        )
    return pictures


def text_of(entry: Entry) -> str:
    """Format a mean with its intervals: over clips in brackets, over trainings in parentheses."""
    return " ".join([number(entry.mean), *intervals(entry)])


def intervals(entry: Entry) -> list[str]:
    """Format the intervals: over clips in brackets, over trainings in parentheses."""
    kinds = (("[{}, {}]", entry.clips), ("({}, {})", entry.trainings))
    return [form.format(*map(number, ends)) for form, ends in kinds if ends is not None]


def _ordered(table: ScoreTable, score: str, role: str | None = None) -> list[str]:
    """Variants of a role with the score, the best first."""
    known = [
        name
        for name in table.variants
        if role in (None, table.roles[name]) and not math.isnan(table.entry(name, score).mean)
    ]
    return sorted(known, key=lambda name: -criteria()[score].sign * table.entry(name, score).mean)


def _compared(table: ScoreTable, score: str, role: str, best: Entry) -> Named | None:
    order = _ordered(table, score, role)
    if not order:
        return None
    entry, sign = table.entry(order[0], score), criteria()[score].sign
    if _overlap(entry, best):
        than_best = "not distinguishable from the best generator"
    elif sign * entry.mean > sign * best.mean:
        than_best = "better than the best generator"
    else:
        than_best = "worse than the best generator"
    return Named(order[0], text_of(entry), than_best)


def _overlap(one: Entry, other: Entry) -> bool:
    (a, b), (c, d) = one.reach, other.reach
    return a <= d and c <= b


def _best_expected(table: ScoreTable, score: str) -> tuple[str, float] | None:
    """The best expected value, computed from a score and its ratio to that value."""
    spec = criteria()[score]
    if not spec.relative:
        return None
    entries = [
        (table.entry(name, score).mean, table.entry(name, spec.relative).mean)
        for name in table.variants
        if table.roles[name] == "generator"
    ]
    values = (value / share for value, share in entries if share)
    value = next((value for value in values if not math.isnan(value)), math.nan)
    return None if math.isnan(value) else (spec.best, value)
