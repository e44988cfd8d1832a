"""Tables that other rules wrote, as the page reads them."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.report.words import FLOORS
from videeg_pipe.runtime.errors import UserError

Interval = tuple[float, float]
_COLUMNS = {
    "variant", "score", "seeds", "mean", "low", "high", "windows_low", "windows_high",
    "difference", "difference_low", "difference_high", "printed", "checkpoints",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A score of a variant: its mean over trainings and what stands beside; NaN where unknown."""

    mean: float = math.nan
    clips: Interval | None = None  # bootstrap over clips, ends averaged over trainings
    trainings: Interval | None = None  # t-interval over trainings
    difference: float = math.nan  # from the reference with the same seeds
    change: Interval | None = None  # interval of the difference over trainings
    printed: float = math.nan

    @property
    def reach(self) -> Interval:
        """From the lowest to the highest end of both intervals; the mean where there is none."""
        ends = [self.mean, *(self.clips or ()), *(self.trainings or ())]
        return min(ends), max(ends)


@dataclass(frozen=True)
class ScoreTable:
    """What `tabulate` wrote."""

    entries: Mapping[tuple[str, str], Entry]  # by variant and score
    roles: Mapping[str, str]  # by variant: generator, floor or oracle
    trainings: Mapping[str, int]  # by variant
    checkpoints: Mapping[str, list[str]]  # by variant, the first digits of each SHA-256

    @property
    def variants(self) -> list[str]:
        """Names in the order of the file; the first is what others are compared with."""
        return list(self.roles)

    def entry(self, variant: str, score: str) -> Entry:
        """A score; one of NaN if the file has none."""
        return self.entries.get((variant, score), Entry())

    def having(self, scores: Collection[str], *, printed: bool = False) -> list[str]:
        """Those scores that a variant has, or that are printed for one."""
        known = {
            score
            for (_, score), entry in self.entries.items()
            if not math.isnan(entry.printed if printed else entry.mean)
        }
        return [score for score in scores if score in known]


def read_table(path: Path) -> ScoreTable:
    """Read a table of trials.

    Raises:
        UserError: if it is no such table.
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


def read_columns(path: Path, columns: Collection[str], what: str) -> pd.DataFrame:
    """Read a CSV file that has certain columns.

    Raises:
        UserError: if it lacks one.
    """
    frame = pd.read_csv(path)
    if not set(frame) >= set(columns):
        raise UserError(
            str(path),
            expected=what,
            found=f"no column {', '.join(sorted(set(columns) - set(frame)))}",
            next_step="delete it and ask for it again",
        )
    return frame


def between(row: Mapping[Any, Any], low: str, high: str) -> Interval | None:
    """An interval of a row, if it has one that is wider than nothing."""
    ends = float(row.get(low, math.nan)), float(row.get(high, math.nan))
    return ends if ends[0] < ends[1] else None


def _role(variant: str, checkpoints: str) -> str:
    if checkpoints == "real":
        return "oracle"
    return "floor" if variant in FLOORS else "generator"
