"""Scores of people outside the training, from people.csv."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from videeg_pipe.contracts.scores import people_scores
from videeg_pipe.report.formatting import capitalised, number
from videeg_pipe.report.read_tables import Interval, between, read_columns
from videeg_pipe.report.svg import FIGURE_IN, GENERATED, REAL, Picture, picture

_BASELINES = {
    "population": "not adapted",
    "nearest": "as the nearest person",
    "recording": "their windows themselves",
}
_STYLES = {
    "trained": (REAL, "D", 0.0, 6.0),
    "adapted": (GENERATED, "o", 0.0, 6.0),
    "population": ("#888888", "s", 0.2, 4.5),
    "nearest": ("#9467bd", "^", -0.2, 4.5),
    "recording": (REAL, "x", 0.3, 4.5),
}
"""Colour, marker, shift to the side and size."""


@dataclass(frozen=True)
class Group:
    """Scores of people with the same generator and number of their windows."""

    who: str
    generator: str  # trained, adapted, or a baseline
    n_windows: int | None  # None for people of the training
    people: int
    scores: dict[str, tuple[float, Interval | None]]  # mean over people, 95 % interval

    @property
    def in_training(self) -> bool:
        """Whether the people were in the training."""
        return self.generator == "trained"

    @property
    def is_baseline(self) -> bool:
        """Whether it is shown for comparison with adapted generators."""
        return self.generator in _BASELINES and self.n_windows != 0

    def text(self, score: str) -> str:
        """Format a mean with its interval."""
        return " ".join([number(self.scores[score][0]), *self.interval(score)])

    def interval(self, score: str) -> list[str]:
        """Format the interval, if there is one."""
        ends = self.scores[score][1]
        return [] if ends is None else [f"[{number(ends[0])}, {number(ends[1])}]"]


@dataclass(frozen=True)
class People:
    """Means over people by number of windows and generator, and each person's scores."""

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
        """People outside the training by number of windows, without baselines."""
        return [g for g in self.groups if not g.in_training and not g.is_baseline]


def read_people(path: Path) -> People:
    """Read the scores of people outside and inside the training.

    Args:
        path: CSV with one row per person, generator and number of windows, and one row per
            generator and number of windows with the mean over `people` and the ends of its
            interval. Files of earlier versions have no column `generator`, and no baselines.

    Raises:
        UserError: if the file lacks a column.
    """
    frame = read_columns(path, {"subject", "known", "n_windows", "people"}, "scores of new people")
    if "generator" not in frame:
        new = np.where(frame["n_windows"] == 0, "population", "adapted")
        frame["generator"] = np.where(frame["known"], "trained", new)
    frame = frame.sort_values(["known", "n_windows", "generator"], kind="stable")
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
            row["generator"],
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
    if row["generator"] == "recording":
        return f"{n} real windows of the same people"
    if n and row["generator"] in _BASELINES:
        return f"new, {_BASELINES[row['generator']]}, own scale from {n} windows"
    return f"new, adapted with {n} windows" if n else "new, not adapted"


def _picture(groups: list[Group], each: pd.DataFrame, score: str) -> Picture:
    """A score against the number of windows of a new person, beside people of the training."""
    figure, axes = plt.subplots(figsize=(FIGURE_IN, 3.0), layout="constrained")
    label = people_scores()[score].label
    places: dict[int | None, int] = {}
    marks: dict[str, Line2D] = {}
    groups = [group for group in groups if not np.isnan(group.scores[score][0])]
    for group in groups:
        value, ends = group.scores[score]
        place = places.setdefault(group.n_windows, len(places))
        of = group.generator if group.is_baseline or group.in_training else "adapted"
        colour, mark, shift, size = _STYLES[of]
        if not group.is_baseline:
            rows = each["generator"] == group.generator
            if not group.in_training:
                rows &= each["n_windows"] == group.n_windows
            own = each.loc[rows, score]
            axes.plot([place] * len(own), own, "_", color="#888888", markersize=9)
        if ends is not None:
            axes.plot([place + shift] * 2, ends, color=colour, linewidth=size, alpha=0.35)
        (marks[of],) = axes.plot(place + shift, value, mark, color=colour, markersize=size)
    names = ["in the\ntraining" if n is None else f"{n}" for n in places]
    axes.set(
        xticks=range(len(names)), xticklabels=names, xlim=(-0.5, len(names) - 0.5),
        xlabel="windows of the new person", ylabel=label,
    )  # fmt: skip
    axes.grid(visible=False, axis="x")
    caption = (
        f"{capitalised(label)}. Dot: mean over people; bar: 95 % interval over people; dashes: "
        "each person. Diamond: people of the training."
    )
    if any(group.is_baseline for group in groups):
        texts = {"adapted": "adapted"} | _BASELINES
        legend = {texts[of]: mark for of, mark in marks.items() if of in texts}
        figure.legend(legend.values(), legend, loc="outside upper center", ncols=3)
        caption += (
            " Triangle and square: baselines, which use the same windows only for the scale and "
            "to find the nearest person of the training."
        )
    if "recording" in marks:
        caption += " Cross: the windows themselves, as samples."
    return picture(
        figure,
        f"{capitalised(label)} of new people by number of windows: "
        + "; ".join(f"{group.who} {group.text(score)}" for group in groups)
        + ".",
        caption,
    )
