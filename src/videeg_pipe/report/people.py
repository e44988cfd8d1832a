"""Scores of people outside the training, from people.csv."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd

from videeg_pipe.contracts.scores import people_scores
from videeg_pipe.report.formatting import capitalised, number
from videeg_pipe.report.read_tables import Interval, between, read_columns
from videeg_pipe.report.svg import FIGURE_IN, GENERATED, REAL, Picture, picture


@dataclass(frozen=True)
class Group:
    """Scores of people with the same number of windows for adaptation."""

    who: str
    in_training: bool
    n_windows: int | None
    people: int
    scores: dict[str, tuple[float, Interval | None]]  # mean over people, 95 % interval

    def text(self, score: str) -> str:
        """Format a mean with its interval."""
        return " ".join([number(self.scores[score][0]), *self.interval(score)])

    def interval(self, score: str) -> list[str]:
        """Format the interval, if there is one."""
        ends = self.scores[score][1]
        return [] if ends is None else [f"[{number(ends[0])}, {number(ends[1])}]"]


@dataclass(frozen=True)
class People:
    """Means over people by number of windows, and each person's scores."""

    scores: list[str]  # known columns
    columns: dict[str, list[str]]  # their labels by section
    groups: list[Group]  # new people by number of windows, training people last
    each: list[tuple[str, str, list[str]]]  # person, group, scores as text
    pictures: list[Picture]

    @property
    def main_scores(self) -> list[str]:
        """The scores that rank generators: relative to the best expected value, if known."""
        ranked = [spec for name, spec in people_scores().items() if spec.ranked]
        known = [spec for spec in ranked if spec.trial in self.scores]
        return [s.relative if s.relative in self.scores else s.trial for s in known]

    @property
    def trained(self) -> Group | None:
        """People of the training, if they were scored."""
        return next((group for group in self.groups if group.in_training), None)

    @property
    def new(self) -> list[Group]:
        """People outside the training, by number of windows."""
        return [group for group in self.groups if not group.in_training]


def read_people(path: Path) -> People:
    """Read the scores of people outside and inside the training.

    Args:
        path: CSV with one row per person and number of windows for adaptation, and one row per
            number of windows with the mean over `people` and the ends of its interval.

    Raises:
        UserError: if the file lacks a column.
    """
    frame = read_columns(path, {"subject", "known", "n_windows", "people"}, "scores of new people")
    frame = frame.sort_values(["known", "n_windows"], kind="stable")
    frame["subject"] = frame["subject"].astype(str)
    specs = people_scores()
    scores = [name for name in specs if name in frame and frame[name].notna().any()]
    labels: dict[str, list[str]] = {}
    for name in scores:
        labels.setdefault(capitalised(specs[name].section), []).append(specs[name].label)
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
        labels,
        groups,
        [
            (row["subject"], _who(row), [number(row[s]) for s in scores])
            for row in each.to_dict("records")
        ],
        [],
    )
    pictures = [_picture(groups, each, score) for score in people.main_scores]
    return replace(people, pictures=pictures)


def _who(row: Any) -> str:
    if row["known"]:
        return "in the training"
    n = int(row["n_windows"])
    return f"new, adapted with {n} windows" if n else "new, not adapted"


def _picture(groups: list[Group], each: pd.DataFrame, score: str) -> Picture:
    """A score against the number of windows of a new person, beside people of the training."""
    figure, axes = plt.subplots(figsize=(FIGURE_IN, 3.0), layout="constrained")
    label = people_scores()[score].label
    names = ["in the\ntraining" if group.in_training else f"{group.n_windows}" for group in groups]
    for place, group in enumerate(groups):
        value, ends = group.scores[score]
        colour, mark = (REAL, "D") if group.in_training else (GENERATED, "o")
        new = ~each["known"] & (each["n_windows"] == group.n_windows)
        own = each.loc[each["known"] if group.in_training else new, score]
        axes.plot([place] * len(own), own, "_", color="#888888", markersize=9)
        if ends is not None:
            axes.plot([place] * 2, ends, color=colour, linewidth=6, alpha=0.35)
        axes.plot(place, value, mark, color=colour)
    axes.set(
        xticks=range(len(names)), xticklabels=names, xlim=(-0.5, len(names) - 0.5),
        xlabel="windows of the new person", ylabel=label,
    )  # fmt: skip
    axes.grid(visible=False, axis="x")
    return picture(
        figure,
        f"{capitalised(label)} of new people by number of windows: "
        + "; ".join(f"{group.who} {group.text(score)}" for group in groups)
        + ".",
        f"{capitalised(label)}. Dot: mean over people; bar: 95 % interval over people; dashes: "
        "each person. Diamond: people of the training.",
    )
