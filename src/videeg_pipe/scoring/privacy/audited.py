"""What is audited: released samples, and the real windows that they were made for."""

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
from videeg_pipe.scoring.alignment.correlation import choose_windows
from videeg_pipe.scoring.features import log_covariances, log_spectra
from videeg_pipe.scoring.stats import standardise

MOST_SAMPLES = 2000
"""Released samples that are audited: their features are held in memory."""

Views = Mapping[str, NDArray[np.float32]]
"""Windows as an attacker looks at them, (n, d) by name; Euclidean distances mean something."""


@dataclass(frozen=True)
class Audited:
    """Pairs of a released sample and the real window that it was made for, n of them."""

    windows: pd.DataFrame  # n rows of the `windows` table
    eeg: NDArray[np.float32]  # (n, C, T) uV, the real windows
    real: Views
    samples: Views
    trained_on: frozenset[str]  # people whose training windows the generator learned from

    @property
    def subjects(self) -> NDArray[np.str_]:
        """Subject of each pair, (n,)."""
        return self.windows["subject"].to_numpy(str)

    @property
    def held_out(self) -> NDArray[np.bool_]:
        """Whether the real window is of the validation or the test split, (n,)."""
        return (self.windows["split"] != "train").to_numpy()

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether the generator learned from other windows of the person, if not this, (n,)."""
        return self.windows["subject"].isin(self.trained_on).to_numpy()


def look_at(windows: NDArray[np.floating], sfreq: float) -> Views:
    """Look at windows (n, C, T) in one unit for all people: course, covariances and spectra.

    The course has mean 0 and norm 1: the distance between two is sqrt(2 - 2 r).
    """
    return {
        "window": standardise(windows).astype(np.float32),
        "covariance": log_covariances(windows, sfreq),
        "spectra": log_spectra(windows, sfreq),
    }


def nearest(queries: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.float64]:
    """Euclidean distance from each query (n, d) to the nearest target (m, d), (n,)."""
    with one_thread():
        _, distances = pairwise_distances_argmin_min(queries, targets)
    return np.asarray(distances, np.float64)


def read_audited(
    h5: Path, inputs: Inputs, trained_on: tuple[str, ...], seed: int
) -> Audited | None:
    """Read the samples to audit, spread over people and clips; None where one is not finite.

    Args:
        h5: The released file; samples of no window of the `windows` table are left out.
        inputs: Windows, normalisation and recordings.
        trained_on: Subjects that the generator learned from.
        seed: Seed of the run, which decides on the samples where there are too many.
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
    real, samples = (look_at(part / unit, store.sfreq) for part in (eeg, generated))
    return Audited(windows, eeg, real, samples, frozenset(trained_on))
