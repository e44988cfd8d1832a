"""How the generator does for people whom it was not trained with, as the page shows it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.report.svg import GENERATED, REAL, WIDTH, Picture, picture
from videeg_pipe.report.tables import Interval, between, read_columns
from videeg_pipe.report.words import number

_GROUPS = {
    "Answers to the video": {
        "conditional_mean_r": "r of the mean",
        "of_ceiling": "r of the mean / ceiling",
    },
    "Right over the scalp": {"covariance_error": "covariance error"},
    "Power, generated / real": {f"power_{band}": band for band in BANDS},
}
_LABELS = {score: label for labels in _GROUPS.values() for score, label in labels.items()}


@dataclass(frozen=True)
class Group:
    """Scores of people of whom the generator was given equally much."""

    who: str
    known: bool  # whether it was trained with them
    n_windows: int | None
    people: int
    scores: dict[str, tuple[float, Interval | None]]  # mean over people, 95 % interval

    def text(self, score: str) -> str:
        """A mean with its interval."""
        return " ".join([number(self.scores[score][0]), *self.interval(score)])

    def interval(self, score: str) -> list[str]:
        """The interval in words, if there is one."""
        ends = self.scores[score][1]
        return [] if ends is None else [f"[{number(ends[0])}, {number(ends[1])}]"]


@dataclass(frozen=True)
class People:
    """Means over people by what was known of them, and each person's scores."""

    scores: list[str]  # those that are known
    columns: dict[str, list[str]]  # their labels, under what they have in common
    groups: list[Group]  # new people by number of windows, those trained with last
    each: list[tuple[str, str, list[str]]]  # person, what was known, the scores in words
    pictures: list[Picture]

    @property
    def answer(self) -> str:
        """The score that says best how far the video is answered to."""
        return "of_ceiling" if "of_ceiling" in self.scores else "conditional_mean_r"

    @property
    def trained(self) -> Group | None:
        """Those whom the generator was trained with, if they are scored beside."""
        return next((group for group in self.groups if group.known), None)

    @property
    def new(self) -> list[Group]:
        """Those who are new to it, by number of windows."""
        return [group for group in self.groups if not group.known]


def read_people(path: Path) -> People:
    """Read the scores of people who are new to the generator and of those it was trained with.

    Args:
        path: CSV, a row a person and number of windows that the generator was adapted with, and a
            row a number, of so many `people`, with their mean and the ends of its interval.

    Raises:
        UserError: if it is no such table.
    """
    columns = {"subject", "known", "n_windows", "people", "conditional_mean_r", "covariance_error"}
    frame = read_columns(path, columns, "scores of new people")
    frame = frame.sort_values(["known", "n_windows"], kind="stable")
    frame["subject"] = frame["subject"].astype(str)
    scores = [s for s in _LABELS if s in frame and frame[s].notna().any()]
    labels = {
        title: [label for score, label in group.items() if score in scores]
        for title, group in _GROUPS.items()
    }
    means, each = (frame[frame["people"].notna() == is_mean] for is_mean in (True, False))
    groups = [
        Group(
            _who(row),
            bool(row["known"]),
            None if pd.isna(row["n_windows"]) else int(row["n_windows"]),
            int(row["people"]),
            {s: (float(row[s]), between(row, f"{s}_low", f"{s}_high")) for s in scores},
        )
        for row in means.to_dict("records")
    ]
    people = People(
        scores,
        {title: group for title, group in labels.items() if group},
        groups,
        [
            (row["subject"], _who(row), [number(row[s]) for s in scores])
            for row in each.to_dict("records")
        ],
        [],
    )
    drawn = (people.answer, "covariance_error")
    return replace(people, pictures=[_picture(groups, each, score) for score in drawn])


def _who(row: Any) -> str:
    if row["known"]:
        return "trained with them"
    n = int(row["n_windows"])
    return f"new, {n} windows of theirs" if n else "new, nothing of theirs"


def _picture(groups: list[Group], each: pd.DataFrame, score: str) -> Picture:
    """A score against the number of windows of a new person, beside those trained with."""
    figure, axes = plt.subplots(figsize=(WIDTH, 3.0), layout="constrained")
    names = ["trained\nwith" if group.known else f"{group.n_windows}" for group in groups]
    for place, group in enumerate(groups):
        value, ends = group.scores[score]
        colour, mark = (REAL, "D") if group.known else (GENERATED, "o")
        new = ~each["known"] & (each["n_windows"] == group.n_windows)
        own = each.loc[each["known"] if group.known else new, score]
        axes.plot([place] * len(own), own, "_", color="#888888", markersize=9)
        if ends is not None:
            axes.plot([place] * 2, ends, color=colour, linewidth=6, alpha=0.35)
        axes.plot(place, value, mark, color=colour)
    axes.set(
        xticks=range(len(names)), xticklabels=names, xlim=(-0.5, len(names) - 0.5),
        xlabel="windows of the new person", ylabel=_LABELS[score],
    )  # fmt: skip
    axes.grid(visible=False, axis="x")
    return picture(
        figure,
        f"{_LABELS[score]} of new people by windows: "
        + "; ".join(f"{group.who} {group.text(score)}" for group in groups)
        + ".",
        f"{_LABELS[score][0].upper()}{_LABELS[score][1:]}. Dot: mean over people; bar: 95 % "
        "interval over people; dashes: each person. Diamond: people it was trained with.",
    )
