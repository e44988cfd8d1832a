"""Scales that EEG is divided by, per subject and channel: how they are measured and stored."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.runtime.files import entries_of, read_record, write_record

logger = logging.getLogger(__name__)

Measure = Literal["sd", "range"]
"""Standard deviation, or largest absolute value."""
_FLOOR_UV = 0.1  # less than an amplifier's own noise: such a channel is flat


@dataclass(frozen=True)
class ChannelScales:
    """One scale per subject and channel, fitted on training windows.

    New people get the population's.
    """

    scales: dict[str, NDArray[np.float32]]  # subject -> (C,), microvolts
    population: NDArray[np.float32]  # (C,), microvolts
    measure: Measure = "sd"

    @classmethod
    def read(cls, path: Path, *, next_step: str | None = None) -> "ChannelScales":
        """Read `normalisation.json`.

        Args:
            path: The file.
            next_step: Advice for a damaged one; by default, to make it again.

        Raises:
            UserError: if it is missing or damaged, or holds anything but positive scales.
        """
        stored = read_record(path, next_step=next_step)
        with entries_of(path, next_step=next_step):
            scales = {
                name: np.asarray(scale, np.float32) for name, scale in stored["scales_uv"].items()
            }
            population = np.asarray(stored["population_uv"], np.float32)
            every = [population, *scales.values()]
            if not all((one > 0).all() and np.isfinite(one).all() for one in every):
                raise ValueError("a scale that is not above 0")
            if stored["scale"] not in get_args(Measure):
                raise ValueError(f"scale {stored['scale']}")
            return cls(scales, population, stored["scale"])

    def write(self, path: Path) -> None:
        """Write `normalisation.json`."""
        write_record(
            path,
            {
                "scale": self.measure,
                "scales_uv": {name: scale.tolist() for name, scale in self.scales.items()},
                "population_uv": self.population.tolist(),
            },
        )

    def scale(self, subjects: pd.Series) -> NDArray[np.float32]:
        """Return scales, (n, C, 1), microvolts: divide by them to normalise, multiply to undo."""
        return np.stack([self.scales.get(name, self.population) for name in subjects])[..., None]


def subject_scale(store: EegStore, windows: pd.DataFrame, scale: Measure) -> NDArray[np.float64]:
    """Compute the scale of each channel over some windows of one subject.

    Args:
        store: The preprocessed recordings; one at a time is read.
        windows: Rows of the `cut` table, one subject's.
        scale: Standard deviation, or largest absolute value.

    Returns:
        (C,), microvolts; a flat channel has 0.1.
    """
    measure = _standard_deviation if scale == "sd" else _largest
    return _floored(windows["subject"].iloc[0], measure(store, windows), store.channels)


def windows_scale(
    eeg: NDArray[np.float32], scale: Measure, subject: str, channels: tuple[str, ...]
) -> NDArray[np.float64]:
    """Compute the scale of each channel over windows in memory.

    Args:
        eeg: (n, C, T), microvolts.
        scale: Standard deviation, or largest absolute value.
        subject: Whose windows they are, for the warning about flat channels.
        channels: C names, for the same.

    Returns:
        (C,), microvolts; a flat channel has 0.1.
    """
    if scale == "sd":
        return _floored(subject, eeg.std(axis=(0, 2), dtype=np.float64), channels)
    return _floored(subject, np.abs(eeg).max(axis=(0, 2)).astype(np.float64), channels)


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
