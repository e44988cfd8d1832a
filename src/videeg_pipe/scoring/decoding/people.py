"""Scales of people's EEG, and C-SA's distances between people beside the true ones."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.models.decoders import csa
from videeg_pipe.models.decoders.scaling import PersonScale

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
        x = torch.from_numpy(eeg.windows(own))  # (n, C, T)
        scale, person_0 = PersonScale(1, x.shape[1], 1), torch.zeros(len(x), dtype=torch.long)
        scale.fit(x, person_0)
        for kind in ("mean", "covariance"):
            recorded[kind].append(csa.person_feature(scale(x, person_0).numpy(), kind))
        response = eeg.windows(own, truth=True)
        centred = response - response.mean((0, 2), keepdims=True)
        true.append(csa.person_feature(centred / scale.sd[0].numpy(), "mean"))
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
    codes, people = pd.factorize(subject)
    x, person = torch.from_numpy(eeg), torch.from_numpy(codes)
    scale = PersonScale(len(people), eeg.shape[1], 1)
    scale.fit(x, person)
    standard: NDArray[np.float32] = scale(x, person).numpy()
    return standard


def _order(d: Any, people: list[str]) -> list[str]:
    return [people[i] for i in csa.addition_order(d, csa.central(d))]
