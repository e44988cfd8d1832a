"""Tables of trials, as the page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from videeg_pipe.contracts.errors import UserError
from videeg_pipe.validate.report import figures as draw
from videeg_pipe.validate.report.svg import Picture
from videeg_pipe.validate.report.words import number

_SHOWN = {
    "Scores": {
        "conditional_mean_r": "r of the mean",
        "of_ceiling": "the same / ceiling",
        "shuffled_of_ceiling": "other videos / ceiling",
        "sample_r": "r of a sample",
        "c2st": "told from real",
        "covariance_over_floor": "covariance error / floor",
        "psd_distance": "spectra (dB)",
    },
    "The paper’s measures": {
        "mse": "MSE",
        "mae": "MAE",
        "pearson": "Pearson",
        "stability": "stability",
        "temporal_consistency": "temporal consistency",
        "spatial_consistency": "spatial consistency",
    },
    "Cost": {
        "training_s": "training (s)",
        "seconds_per_sample": "seconds a sample",
        "nfe": "evaluations",
        "parameters": "parameters",
        "peak_memory_mb": "memory (MiB)",
        "native_seconds_per_sample": "seconds, full size",
        "native_nfe": "evaluations, full size",
        "native_parameters": "parameters, full size",
    },
}
"""Scores with a column of their own, by table; the file has the others too."""
Entries = Mapping[tuple[str, str], Mapping[Any, Any]]  # by variant and score
_COLUMNS = {
    "variant", "score", "seeds", "mean", "low", "high", "difference", "difference_low",
    "difference_high", "checkpoints",
}  # fmt: skip
_FOREST = "of_ceiling"


@dataclass(frozen=True)
class Trials:
    """A file of trials, split into tables that fit on a page."""

    tables: dict[str, tuple[list[str], dict[str, list[dict[str, Any]]]]]  # title: columns, rows
    trainings: dict[str, int]  # by variant
    checkpoints: dict[str, list[str]]  # by variant, the first digits of each SHA-256
    picture: Picture | None


def read_trials(path: Path, *, differences: bool) -> Trials:
    """Read a table that `tabulate` wrote.

    Args:
        path: CSV, a row a variant and score.
        differences: Show beside each mean what changes against the first variant.

    Raises:
        UserError: if it is no such table.
    """
    frame = pd.read_csv(path)
    if not set(frame) >= _COLUMNS:
        raise UserError(
            str(path),
            expected="a table of trials",
            found=f"no column {', '.join(sorted(_COLUMNS - set(frame)))}",
            next_step="delete it and ask for it again",
        )
    frame["variant"] = frame["variant"].astype(str)
    keys = zip(frame["variant"], frame["score"], strict=True)
    entries: Entries = dict(zip(keys, frame.to_dict("records"), strict=True))
    known = set(frame.loc[frame["mean"].notna(), "score"])
    variants = list(dict.fromkeys(frame["variant"]))
    tables = {}
    for title, labels in _SHOWN.items():
        scores = [score for score in labels if score in known]
        if not scores:
            continue
        rows = {
            name: [
                _cell(
                    entries.get((name, score), {}),
                    "difference" if differences and name != variants[0] else "mean",
                )
                for score in scores
            ]
            for name in variants
        }
        tables[title] = [labels[score] for score in scores], rows
    of = frame.groupby("variant", sort=False)
    return Trials(
        tables=tables,
        trainings={str(name): int(n) for name, n in of["seeds"].max().items()},
        checkpoints={
            str(name): str(text).split() for name, text in of["checkpoints"].first().items()
        },
        picture=_picture(entries, variants, differences),
    )


def _cell(entry: Mapping[Any, Any], which: str) -> dict[str, Any]:
    """A mean; under it its interval, or the `difference` with its own; what the paper prints.

    `sure` marks a difference whose interval has zero outside.
    """
    value, low, high = (entry.get(key, np.nan) for key in _ends(which))
    cell: dict[str, Any] = {"text": number(entry.get("mean")), "under": "", "sure": False}
    cell["printed"] = "" if pd.isna(entry.get("printed", np.nan)) else number(entry["printed"])
    if low < high:
        cell["under"] = f"[{number(low)}, {number(high)}]"
    if which == "difference" and not pd.isna(value):
        change = number(value)
        sign = "+" if value > 0 and change.strip("0.") else ""
        cell["under"] = f"{sign}{change} {cell['under']}".strip()
        cell["sure"] = bool(low > 0 or high < 0)
    return cell


def _ends(which: str) -> tuple[str, str, str]:
    return (which, "low", "high") if which == "mean" else (which, f"{which}_low", f"{which}_high")


def _picture(entries: Entries, variants: list[str], differences: bool) -> Picture | None:
    """Dots with intervals of the answer to the video, a row a variant."""
    keys = _ends("difference" if differences else "mean")
    found = {name: entries.get((name, _FOREST), {}) for name in variants[differences:]}
    rows = [
        (name, *(entry[key] for key in keys))
        for name, entry in found.items()
        if np.isfinite(entry.get(keys[0], np.nan))
    ]
    if not rows:
        return None
    if differences:
        return draw.forest(
            rows,
            "change of r of the mean / ceiling",
            "What each variant changes in the answer to the video, with 95 % intervals over "
            "trainings; an interval that holds 0 shows no effect.",
        )
    return draw.forest(
        rows,
        "r of the mean / ceiling",
        "The answer to the video as a share of the ceiling, with 95 % intervals over trainings.",
    )
