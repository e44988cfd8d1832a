"""Reading of the CSV tables of trials and of people."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.models.registry import generator_names
from videeg_pipe.runtime.errors import UserError, make_again

Interval = tuple[float, float]
_COLUMNS = {
    "variant", "score", "seeds", "mean", "low", "high", "windows_low", "windows_high",
    "difference", "difference_low", "difference_high", "printed", "checkpoints",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A score of a variant: mean over trainings, intervals, change; NaN where unknown."""

    mean: float = math.nan
    clips: Interval | None = None  # bootstrap over clips; ends averaged over trainings
    trainings: Interval | None = None  # t-interval over trainings
    difference: float = math.nan  # from the reference, with the same seeds
    change: Interval | None = None  # interval of the difference over trainings
    published: float = math.nan  # value in the paper, column `printed`

    @property
    def reach(self) -> Interval:
        """The hull of both intervals; the mean if there is none."""
        ends = [self.mean, *(self.clips or ()), *(self.trainings or ())]
        return min(ends), max(ends)


@dataclass(frozen=True)
class ScoreTable:
    """A table of trials, as `tabulate` writes it."""

    entries: Mapping[tuple[str, str], Entry]  # by variant and score
    roles: Mapping[str, str]  # by variant: generator, floor or oracle
    trainings: Mapping[str, int]  # by variant
    checkpoints: Mapping[str, list[str]]  # by variant, the first digits of each SHA-256

    @property
    def variants(self) -> list[str]:
        """Names in the order of the file; the first is the reference."""
        return list(self.roles)

    def entry(self, variant: str, score: str) -> Entry:
        """Return a score; NaN if the file does not have it."""
        return self.entries.get((variant, score), Entry())

    def available(self, scores: Collection[str], *, published: bool = False) -> list[str]:
        """Select the scores that are known (or published) for at least one variant."""
        known = {
            score
            for (_, score), entry in self.entries.items()
            if not math.isnan(entry.published if published else entry.mean)
        }
        return [score for score in scores if score in known]


def read_score_table(path: Path) -> ScoreTable:
    """Read a table of trials.

    Raises:
        UserError: if the file lacks a column.
    """
    frame = read_columns(path, _COLUMNS, "a table of trials")
    frame["variant"] = frame["variant"].astype(str)
    sums = frame.groupby("variant", sort=False)["checkpoints"].first().astype(str)
    return ScoreTable(
        entries={
            (row["variant"], row["score"]): Entry(
                row["mean"],
                between(row, "windows_low", "windows_high"),
                between(row, "low", "high"),
                row["difference"],
                between(row, "difference_low", "difference_high"),
                row["printed"],
            )
            for row in frame.to_dict("records")
        },
        roles={str(name): _role(str(name), text) for name, text in sums.items()},
        trainings={
            str(name): int(n)
            for name, n in frame.groupby("variant", sort=False)["seeds"].max().items()
        },
        checkpoints={str(name): text.split() for name, text in sums.items()},
    )


def read_columns(path: Path, columns: Collection[str], content: str) -> pd.DataFrame:
    """Read a CSV file and check its columns.

    Raises:
        UserError: if a column is missing.
    """
    frame = pd.read_csv(path)
    if not set(frame) >= set(columns):
        raise UserError(
            str(path),
            expected=content,
            found=f"no column {', '.join(sorted(set(columns) - set(frame)))}",
            next_step=make_again(str(path)),
        )
    return frame


def between(row: Mapping[Any, Any], low: str, high: str) -> Interval | None:
    """Return an interval of a row; None if it is unknown or empty."""
    ends = float(row.get(low, math.nan)), float(row.get(high, math.nan))
    return ends if ends[0] < ends[1] else None


def _role(variant: str, checkpoints: str) -> str:
    if checkpoints == "real":
        return "oracle"
    return "floor" if variant in generator_names("floor") else "generator"
