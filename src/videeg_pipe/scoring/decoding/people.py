"""C-SA's distances between people, compared with those of their noise-free responses."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.models.decoders import csa

_MIN_PEOPLE = 3


def order_of_people(training: pd.DataFrame, eeg: EegStore) -> dict[str, Any] | None:
    """Return the order in which C-SA adds people, beside the order by their true responses.

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
        mean, sd = x.mean((0, 2), keepdims=True), np.maximum(x.std((0, 2), keepdims=True), 1e-6)
        recorded["mean"].append(csa.person_feature((x - mean) / sd, "mean"))
        recorded["covariance"].append(csa.person_feature((x - mean) / sd, "covariance"))
        true.append(csa.person_feature(eeg.windows(own, truth=True) / sd, "mean"))
    expected = csa.distances(np.stack(true))
    pairs = np.triu_indices(len(people), 1)
    found: dict[str, Any] = {"n_people": len(people), "true_order": _order(expected, people)}
    for kind, features in recorded.items():
        d = csa.distances(np.stack(features))
        rho = float(spearmanr(d[pairs], expected[pairs]).statistic)
        found[kind] = {"order": _order(d, people), "spearman": rho, "n_pairs": len(pairs[0])}
    return found


def _order(d: Any, people: list[str]) -> list[str]:
    return [people[i] for i in csa.addition_order(d, csa.central(d))]
