"""Which generator is best by which score, as far as the intervals tell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from videeg_pipe.report.forest import Dot, forest
from videeg_pipe.report.svg import Picture
from videeg_pipe.report.tables import Entry, ScoreTable
from videeg_pipe.report.words import number


@dataclass(frozen=True)
class Criterion:
    """A score that generators are ranked by."""

    name: str
    what: str
    sign: int  # 1 where more is better, -1 where less is
    origin: float = 0.0


CRITERIA = {
    "conditional_mean_r": Criterion("Answers to the video", "r of the conditional mean", 1),
    "c2st": Criterion("Passes for real", "told from real by a classifier", -1, 0.5),
    "covariance_error": Criterion("Right over the scalp", "covariance error", -1),
    "psd_distance": Criterion("Right spectra", "distance of spectra (dB)", -1),
    "pearson": Criterion("The paper’s Pearson", "Pearson, single samples", 1),
    "mse": Criterion("The paper’s MSE", "MSE, single samples", -1),
}
"""By score; each stands for itself, none is summed with another."""


@dataclass(frozen=True)
class Named:
    """A variant with its value in words, and how it compares with the best generator."""

    name: str
    text: str
    than_best: str = ""


@dataclass(frozen=True)
class Ranked:
    """The generators by one score."""

    criterion: Criterion
    best: Named
    tied: list[str]  # generators whose intervals overlap the best's
    floor: Named | None  # the best of those that are no generators
    oracle: Named | None
    certain: bool  # whether the best has an interval to tell by


def rank(table: ScoreTable) -> list[Ranked]:
    """Rank the generators by each score; floors and oracles stand beside, without a place."""
    ranked = []
    for score in table.having(CRITERIA):
        criterion = CRITERIA[score]
        order = _ordered(table, score, "generator")
        if not order:
            continue
        first = table.entry(order[0], score)
        tied = [name for name in order[1:] if _overlap(first, table.entry(name, score))]
        ranked.append(
            Ranked(
                criterion,
                Named(order[0], shown(first)),
                tied,
                _beside(table, score, "floor", first),
                _beside(table, score, "oracle", first),
                bool(first.clips or first.trainings),
            )
        )
    return ranked


def places(table: ScoreTable, score: str) -> dict[str, str]:
    """Place of each generator by a score: a range where intervals overlap."""
    if score not in CRITERIA:
        return {}
    names = _ordered(table, score, "generator")
    spans = {name: table.entry(name, score).reach for name in names}
    found = {}
    for name, (low, high) in spans.items():
        below = sum(other[1] < low for other in spans.values())
        above = sum(other[0] > high for other in spans.values())
        better, worse = (above, below) if CRITERIA[score].sign > 0 else (below, above)
        first, last = better + 1, len(names) - worse
        found[name] = f"{first}" if first == last else f"{first} to {last}"
    return found


def ranking_pictures(table: ScoreTable) -> list[Picture]:
    """The variants in the order of each score, best at the top."""
    pictures = []
    for score in table.having(CRITERIA):
        criterion = CRITERIA[score]
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
        more = "More" if criterion.sign > 0 else "Less"
        pictures.append(
            forest(
                dots,
                criterion.what,
                f"{criterion.name}. {more} is better, the best is at the top.",
                origin=criterion.origin,
                decades=criterion.sign < 0,
                best=_limit(table, score),
            )
        )
    return pictures


def shown(entry: Entry) -> str:
    """A mean with its intervals: over clips in brackets, over trainings in parentheses."""
    return " ".join([number(entry.mean), *intervals(entry)])


def intervals(entry: Entry) -> list[str]:
    """The intervals in words, that over clips in brackets, that over trainings in parentheses."""
    kinds = (("[{}, {}]", entry.clips), ("({}, {})", entry.trainings))
    return [form.format(*map(number, ends)) for form, ends in kinds if ends is not None]


def _ordered(table: ScoreTable, score: str, role: str | None = None) -> list[str]:
    """Variants of a role that have the score, the best first."""
    known = [
        name
        for name in table.variants
        if role in (None, table.roles[name]) and not math.isnan(table.entry(name, score).mean)
    ]
    return sorted(known, key=lambda name: -CRITERIA[score].sign * table.entry(name, score).mean)


def _beside(table: ScoreTable, score: str, role: str, best: Entry) -> Named | None:
    order = _ordered(table, score, role)
    if not order:
        return None
    entry, sign = table.entry(order[0], score), CRITERIA[score].sign
    if _overlap(entry, best):
        than_best = "not told from the best generator"
    elif sign * entry.mean > sign * best.mean:
        than_best = "better than the best generator"
    else:
        than_best = "worse than the best generator"
    return Named(order[0], shown(entry), than_best)


def _overlap(one: Entry, other: Entry) -> bool:
    (a, b), (c, d) = one.reach, other.reach
    return a <= d and c <= b


def _limit(table: ScoreTable, score: str) -> tuple[str, float] | None:
    """The best that can be expected, from the shares that stand in the table."""

    def whole(part: str, share: str) -> float:
        entries: Sequence[tuple[float, float]] = [
            (table.entry(name, part).mean, table.entry(name, share).mean)
            for name in table.variants
            if table.roles[name] == "generator"
        ]
        return next((a / b for a, b in entries if b and not math.isnan(a / b)), math.nan)

    if score == "conditional_mean_r":
        name, value = "ceiling", whole(score, "of_ceiling")
    elif score == "covariance_error":
        name, value = "real against real", whole(score, "covariance_over_floor")
    else:
        return None
    return None if math.isnan(value) else (name, value)
