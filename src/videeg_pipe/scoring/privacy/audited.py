"""Data of the privacy audit: released samples, and the real windows that they were made for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances_argmin_min

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.choice import choose_windows
from videeg_pipe.scoring.features import log_covariances, log_spectra
from videeg_pipe.scoring.stats import standardise

MOST_SAMPLES = 2000
"""Largest number of audited samples: their features are held in memory."""

Views = Mapping[str, NDArray[np.float32]]
"""Features of windows for attacks, (n, d) by name, comparable by Euclidean distance."""


@dataclass(frozen=True)
class AuditData:
    """n pairs of a released sample and the real window that it was made for."""

    windows: pd.DataFrame  # n rows of the `windows` table
    eeg: NDArray[np.float32]  # (n, C, T) uV, the real windows
    real: Views
    samples: Views
    trained_on: frozenset[str]  # subjects in the generator's training

    @property
    def subjects(self) -> NDArray[np.str_]:
        """Subject of each pair, (n,)."""
        return self.windows["subject"].to_numpy(str)

    @property
    def held_out(self) -> NDArray[np.bool_]:
        """Whether the real window belongs to the validation or test split, (n,)."""
        return (self.windows["split"] != "train").to_numpy()

    @property
    def of_trained_people(self) -> NDArray[np.bool_]:
        """Whether the person was in the generator's training, (n,)."""
        return self.windows["subject"].isin(self.trained_on).to_numpy()


def attack_views(windows: NDArray[np.floating], sfreq: float) -> Views:
    """Compute the views of windows (n, C, T): waveform, covariances and spectra.

    The unit is the same for all people. Waveforms have mean 0 and norm 1, so that their distance
    is sqrt(2 - 2 r).
    """
    return {
        "window": standardise(windows).astype(np.float32),
        "covariance": log_covariances(windows, sfreq),
        "spectra": log_spectra(windows, sfreq),
    }


def nearest(queries: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the Euclidean distance from each query (n, d) to the nearest target (m, d), (n,)."""
    with one_thread():
        _, distances = pairwise_distances_argmin_min(queries, targets)
    return np.asarray(distances, np.float64)


def read_audit_data(
    h5: Path, inputs: Inputs, trained_on: tuple[str, ...], seed: int
) -> AuditData | None:
    """Read the samples to audit, spread over people and clips; None if one is not finite.

    Args:
        h5: The released file; samples of unknown windows are left out.
        inputs: Windows, normalisation and recordings.
        trained_on: Subjects in the generator's training.
        seed: Seed of the run, for the choice among too many samples.
    """
    table, store = inputs.windows(table="windows"), inputs.eeg()
    with h5py.File(h5) as file:
        matched = pd.Index(table["seed"]).get_indexer(file["seed"][:])
        places = np.flatnonzero(matched >= 0)
        places = places[choose_windows(table.iloc[matched[places]], MOST_SAMPLES, seed)]
        generated = file["eeg"][places]
    windows = table.iloc[matched[places]].reset_index(drop=True)
    eeg = store.windows(windows)
    if not (np.isfinite(eeg).all() and np.isfinite(generated).all()):
        return None
    unit = inputs.normalisation().population[:, None]
    real, samples = (attack_views(part / unit, store.sfreq) for part in (eeg, generated))
    return AuditData(windows, eeg, real, samples, frozenset(trained_on))
