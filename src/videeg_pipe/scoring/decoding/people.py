"""Scales of people's EEG, and C-SA's distances between people beside the true ones."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.models.decoders import csa

_MIN_PEOPLE = 3


def order_of_people(training: pd.DataFrame, eeg: EegStore) -> dict[str, Any] | None:
    """Return the order in which C-SA would add people, beside the order by their true responses.

    It starts from the central person, whatever the options of a decoder are.

    Args:
        training: Training clips of the known people, rows of `clips_cut`.
        eeg: Recordings, with the true evoked part.

    Returns:
        Per feature, `mean` and `covariance`: the order of people, and the Spearman correlation
        over pairs of people between its distances and those of the mean true response. None with
        fewer than 3 people, or where the true response is not known.
    """
    people = training["subject"].drop_duplicates().tolist()
    if len(people) < _MIN_PEOPLE or not eeg.has_truth(training):
        return None
    recorded: dict[str, list[Any]] = {"mean": [], "covariance": []}
    true = []
    for person in people:
        own = training[training["subject"] == person]
        x = eeg.windows(own)  # (n, C, T)
        mean, sd = scale(x)
        z = (x - mean) / sd
        for kind in ("mean", "covariance"):
            recorded[kind].append(csa.person_feature(z, kind))
        response = eeg.windows(own, truth=True)
        true.append(csa.person_feature((response - scale(response)[0]) / sd, "mean"))
    expected = csa.distances(np.stack(true))
    pairs = np.triu_indices(len(people), 1)
    found: dict[str, Any] = {"n_people": len(people), "true_order": _order(expected, people)}
    for kind, features in recorded.items():
        d = csa.distances(np.stack(features))
        rho = float(spearmanr(d[pairs], expected[pairs]).statistic)
        found[kind] = {"order": _order(d, people), "spearman": rho, "n_pairs": len(pairs[0])}
    return found


def standardised(eeg: NDArray[np.float32], subject: NDArray[Any]) -> NDArray[np.float32]:
    """Return EEG (n, C, T) in units of each person's electrodes, as decoders read it.

    Args:
        eeg: Windows, microvolts.
        subject: (n,) name of each window's person.
    """
    out = np.empty_like(eeg)
    for person in np.unique(subject):
        mean, sd = scale(eeg[subject == person])
        out[subject == person] = (eeg[subject == person] - mean) / sd
    return out


def scale(eeg: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and SD of each electrode, (1, C, 1) each, of windows (n, C, T)."""
    return eeg.mean((0, 2), keepdims=True), np.maximum(eeg.std((0, 2), keepdims=True), 1e-6)


def _order(d: Any, people: list[str]) -> list[str]:
    return [people[i] for i in csa.addition_order(d, csa.central(d))]
