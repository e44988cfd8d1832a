"""Decoders of a flicker trained on generated and on real EEG, from ssvep.csv."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.report.formatting import number
from videeg_pipe.report.read_tables import between, read_columns

_COLUMNS = {
    "decoder", "training", "windows", "people", "accuracy", "low", "high", "chance",
    "compared_with", "difference", "difference_low", "difference_high",
}  # fmt: skip


@dataclass(frozen=True)
class Accuracy:
    """Accuracy of a decoder as text; `under` has its interval and its difference."""

    text: str
    under: list[str]
    sure: bool = False  # the interval of the difference excludes 0


@dataclass(frozen=True)
class FlickerDecoders:
    """Accuracies by what decoders were trained on, one per decoder."""

    decoders: list[str]
    people: int
    chance: str
    rows: dict[str, list[Accuracy]]


def read_flicker_decoders(path: Path) -> FlickerDecoders:
    """Read the table of decoders that `snakemake ssvep` writes.

    Args:
        path: CSV with one row per decoder and training set, as `tabulate_ssvep` writes it.

    Raises:
        UserError: if the file lacks a column.
    """
    frame = read_columns(path, _COLUMNS, "accuracies of decoders of a flicker")
    decoders = list(frame["decoder"].unique())
    known = {(row["decoder"], row["training"]): row for row in frame.to_dict("records")}
    return FlickerDecoders(
        decoders=decoders,
        people=int(frame["people"].max()),
        chance=number(float(frame["chance"].mean())),
        rows={
            str(training): [_accuracy(known.get((decoder, training))) for decoder in decoders]
            for training in frame["training"].unique()
        },
    )


def _accuracy(row: dict[Any, Any] | None) -> Accuracy:
    if row is None:
        return Accuracy("–", [])
    ends, change = between(row, "low", "high"), between(row, "difference_low", "difference_high")
    under = [] if ends is None else ["[{}, {}]".format(*map(number, ends))]
    if pd.notna(row["difference"]):
        sign = "+" if row["difference"] > 0 else ""
        interval = "" if change is None else " [{}, {}]".format(*map(number, change))
        against = f"against {row['compared_with']}"
        under.append(f"{sign}{number(row['difference'])}{interval} {against}")
    sure = change is not None and not change[0] <= 0 <= change[1]
    return Accuracy(number(row["accuracy"]), under, sure)
