"""Tables of decoders of a flicker over people, and of the SNR per person."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from videeg_pipe.runtime.files import atomic_path, read_json
from videeg_pipe.scoring.tables import mean_and_interval

_REFERENCES = {"generated": "others", "generated-new": "others"}
"""Training set to the one that it is compared with; "own-8+others" and such are by their name."""


def tabulate_ssvep(scores: Sequence[tuple[str, Path]], *, table: Path, snr: Path) -> None:
    """Write the accuracies of decoders over people, and the SNR of each person, as CSV.

    Columns of the first: `decoder`; `training`, what it was trained on; `windows`, their number per
    person; `people`; `accuracy` per trial, averaged over people, with its 95 % t-interval over
    people, `low` and `high`; `chance`; `compared_with`, another training set, `difference` from it,
    person by person, with `difference_low` and `difference_high`; then one column per person.

    Columns of the second: `subject`, `hz`, and the SNR of `real` test windows and of windows
    `generated` for the unseen person, and of both at harmonics.

    Args:
        scores: Each person and their file of scores.
        table: Output.
        snr: Output.
    """
    read = {name: read_json(path) for name, path in scores}
    accuracy, windows = (
        pd.DataFrame(
            {
                name: {
                    (row["decoder"], row["training"]): float(np.mean(row[key]))
                    for row in found["rows"]
                }
                for name, found in read.items()
            }
        )
        for key in ("correct", "windows")
    )
    chance = float(np.mean([found["chance"] for found in read.values()]))
    rows = []
    for decoder, training in accuracy.index:
        own = accuracy.loc[(decoder, training)]
        n, mean, low, high = mean_and_interval(own)
        row: dict[str, Any] = {
            "decoder": decoder, "training": training,
            "windows": float(windows.loc[(decoder, training)].mean()),
            "people": n, "accuracy": mean, "low": low, "high": high, "chance": chance,
        }  # fmt: skip
        reference = _reference(training)
        if reference is not None:
            _, change, change_low, change_high = mean_and_interval(
                own - accuracy.loc[(decoder, reference)]
            )
            row |= {
                "compared_with": reference, "difference": change,
                "difference_low": change_low, "difference_high": change_high,
            }  # fmt: skip
        rows.append(row | own.to_dict())
    with atomic_path(table) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)
    lines = [{"subject": name} | _flat(row) for name, found in read.items() for row in found["snr"]]
    with atomic_path(snr) as temporary:
        pd.DataFrame(lines).to_csv(temporary, index=False)


def _reference(training: str) -> str | None:
    """The training set that another one is compared with."""
    default = training.partition("+")[0] if "+" in training else None
    return _REFERENCES.get(training, default)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """One column per harmonic."""
    out = {"hz": row["hz"], "real": row["real"], "generated": row["generated"]}
    for kind in ("real", "generated"):
        for place, value in enumerate(row[f"{kind}_harmonics"], start=2):
            out[f"{kind}_{place}"] = value
    return out
