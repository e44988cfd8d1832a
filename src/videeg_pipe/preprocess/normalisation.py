"""Scales of subjects and channels, fitted on the training split alone."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config.preprocess import Normalisation
from videeg_pipe.contracts.files import write_json
from videeg_pipe.contracts.progress import progress
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table

logger = logging.getLogger(__name__)

_FLOOR_UV = 0.1  # less than an amplifier's own noise: such a channel is flat


def fit_normalisation(*, cut: Path, eeg: Path, config: Normalisation, out: Path) -> None:
    """Write the scale of every channel of every subject with training windows.

    People without training windows get the population's scale, the median over subjects.

    Args:
        cut: The `cut` table.
        eeg: Folder of the preprocessed recordings; one recording at a time is read.
        config: Which scale.
        out: `normalisation.json`, as contracts.stores.Normalisation reads it.
    """
    windows = read_table(cut, "cut")
    store = EegStore(eeg)
    training = windows[windows["split"] == "train"]
    scales = {
        str(subject): subject_scale(store, rows, config)
        for subject, rows in progress(training.groupby("subject"), "scales of subjects")
    }
    population = np.median(list(scales.values()), axis=0)
    write_json(
        out,
        {
            "scale": config.scale,
            "scales_uv": {subject: scale.tolist() for subject, scale in scales.items()},
            "population_uv": population.tolist(),
        },
    )


def subject_scale(
    store: EegStore, windows: pd.DataFrame, config: Normalisation
) -> NDArray[np.float64]:
    """Scale of each channel over some windows of one subject, (C,), microvolts."""
    measure = _standard_deviation if config.scale == "sd" else _largest
    return _floored(windows["subject"].iloc[0], measure(store, windows), store.channels)


def _standard_deviation(store: EegStore, windows: pd.DataFrame) -> NDArray[np.float64]:
    """Standard deviation of each channel over the windows, (C,), microvolts."""
    n = 0
    total, squares = np.zeros(len(store.channels)), np.zeros(len(store.channels))
    for _, rows in windows.groupby("recording_id"):
        eeg = store.windows(rows)  # (n, C, T)
        n += eeg.shape[0] * eeg.shape[2]
        total += eeg.sum(axis=(0, 2), dtype=np.float64)
        squares += np.einsum("nct,nct->c", eeg, eeg, dtype=np.float64)
    return np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0))


def _largest(store: EegStore, windows: pd.DataFrame) -> NDArray[np.float64]:
    """Largest absolute value of each channel over the windows, (C,), microvolts."""
    largest = [
        np.abs(store.windows(rows)).max(axis=(0, 2)) for _, rows in windows.groupby("recording_id")
    ]
    return np.max(largest, axis=0).astype(np.float64)


def _floored(
    subject: str, scale: NDArray[np.float64], channels: tuple[str, ...]
) -> NDArray[np.float64]:
    flat = scale < _FLOOR_UV
    if flat.any():
        logger.warning(
            "%s: channels %s are flat; their scale is set to %g uV",
            subject,
            ", ".join(np.array(channels)[flat]),
            _FLOOR_UV,
        )
    return np.maximum(scale, _FLOOR_UV)
