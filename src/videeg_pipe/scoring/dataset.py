"""The release as a data set: four summary scores and the counts of the paper's Fig. 3.

The paper reports completeness, balance, coverage and quality without definitions: ours are in the
catalogue. All splits count.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.scores import definitions
from videeg_pipe.contracts.tables import SPLITS

_ROWS = 256
"""Samples in memory at a time: the file may be larger than memory."""
_LABELS = ("subject", "split", "video_id", "concept")


def score_dataset(h5: Path, windows: pd.DataFrame, real: NDArray[np.float32]) -> dict[str, Any]:
    """Score the whole release; returns the section `dataset`.

    Args:
        h5: The released file.
        windows: The whole `windows` table.
        real: (n, C, T) uV, real windows that define the usual amplitudes.
    """
    labels, amplitude, flat = _read(h5)
    finite = np.isfinite(amplitude)
    selected = windows.loc[windows["released"], "seed"]  # every window has its own seed
    complete = labels.loc[finite & (labels[list(_LABELS)] != "").all(axis=1), "seed"]
    low, high = np.quantile(_amplitude(real), [0.005, 0.995])
    usual = finite & ~flat & (amplitude >= low) & (amplitude <= high)
    recorded = windows.drop_duplicates(["subject", "concept"])
    counts = labels["split"].value_counts()
    totals = labels["video_id"].value_counts()
    return {
        "n_samples": len(labels),
        "completeness": float(selected.isin(complete).mean()),
        "balance": float(np.mean([evenness(labels[name]) for name in ("subject", "concept")])),
        "coverage": len(labels.drop_duplicates(["subject", "concept"])) / len(recorded),
        "quality": float(usual.mean()),
        "amplitude_range_uv": [float(low), float(high)],
        "per_split": {name: int(counts.get(name, 0)) for name in SPLITS},
        "per_subject": _counts(labels, "subject"),
        "per_video": _counts(labels, "video_id"),
        "samples_a_video_sd": float(totals.std(ddof=0)),
        "n_concepts": int(labels["concept"].nunique()),
        "definitions": definitions("dataset"),
    }


def evenness(values: "pd.Series[str]") -> float:
    """Return the entropy of a column's shares / the largest possible entropy, in [0, 1]."""
    shares = values.value_counts(normalize=True).to_numpy()
    if len(shares) == 1:
        return 1.0
    return float(-(shares * np.log(shares)).sum() / np.log(len(shares)))


def _counts(labels: pd.DataFrame, column: str) -> dict[str, dict[str, int]]:
    """Samples per value of `column` and split, and their total."""
    table = pd.crosstab(labels[column], labels["split"]).reindex(columns=list(SPLITS), fill_value=0)
    table["total"] = table.sum(axis=1)
    return {
        str(name): {str(split): int(n) for split, n in row.items()}
        for name, row in table.iterrows()
    }


def _read(h5: Path) -> tuple[pd.DataFrame, NDArray[np.float64], NDArray[np.bool_]]:
    with h5py.File(h5) as file:
        labels = pd.DataFrame({name: file[name].asstr()[:] for name in _LABELS})
        labels["seed"] = file["seed"][:]
        amplitude, flat = [], []
        for start in range(0, len(labels), _ROWS):
            part = file["eeg"][start : start + _ROWS]
            amplitude.append(_amplitude(part))
            flat.append((part.max(axis=-1) == part.min(axis=-1)).any(axis=1))
    return labels, np.concatenate(amplitude), np.concatenate(flat)


def _amplitude(windows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Root mean square of windows (n, C, T), (n,)."""
    return np.sqrt(np.square(windows, dtype=np.float64).mean((1, 2)))
