"""Tables of trials: means over seeds, and what each variant changes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from videeg_pipe.contracts.files import atomic_path, read_json


def tabulate(scores: Mapping[str, Sequence[Path]], *, reference: str, table: Path) -> None:
    """Write a table of trials as CSV, a row a variant and score.

    Columns: `variant`, `score`, `seeds` (how many), `mean` over them with its 95 % t-interval
    `low`, `high`; `difference` from the reference with the same seed, with `difference_low` and
    `difference_high`; `checkpoints`, the first 12 digits of the SHA-256 of each that was scored.
    Intervals say how much trainings differ, not how much windows do; one seed gives none.

    Args:
        scores: Variant to its files of scores, in the order of the seeds.
        reference: The variant that others are compared with.
        table: Where the table goes.
    """
    read = {name: [read_json(path) for path in paths] for name, paths in scores.items()}
    values = {
        name: pd.DataFrame([run["scores"] for run in runs]).astype(float)
        for name, runs in read.items()
    }
    rows = []
    for name, own in values.items():
        hashes = " ".join(run["checkpoint_sha256"][:12] for run in read[name])
        for score in own:
            difference = own[score] - values[reference][score]
            mean, low, high = mean_over_seeds(own[score])
            change, change_low, change_high = mean_over_seeds(difference)
            rows.append(
                {
                    "variant": name,
                    "score": score,
                    "seeds": len(own),
                    "mean": mean,
                    "low": low,
                    "high": high,
                    "difference": change,
                    "difference_low": change_low,
                    "difference_high": change_high,
                    "checkpoints": hashes,
                }
            )
    with atomic_path(table) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)


def mean_over_seeds(values: "pd.Series[float]") -> tuple[float, float, float]:
    """Mean and 95 % t-interval; NaN for the interval of one value."""
    values = values.dropna()  # differences of seeds that only one of the two has
    mean, n = float(values.mean()), len(values)
    if n < 2:
        return mean, np.nan, np.nan
    half = float(stats.t.ppf(0.975, n - 1) * values.std() / np.sqrt(n))
    return mean, mean - half, mean + half
