"""Decisions on trials from those on their windows, and the accuracy over people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.scores import ABSENT, Score
from videeg_pipe.scoring.stats import mean_with_interval


@dataclass(frozen=True)
class PersonAccuracy:
    """Share of one person's trials that are classified correctly."""

    accuracy: float
    chance: float  # largest share of a class
    n_trials: int


def trial_decisions(
    decision: NDArray[np.floating], trial_ids: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Average the decisions on the windows of each trial.

    Args:
        decision: (n, k) decisions of a decoder.
        trial_ids: (n,) trial of each window, unique over people.

    Returns:
        Trials (m,) in the order of their first windows; mean decisions, (m, k).
    """
    codes, names = pd.factorize(np.asarray(trial_ids))
    means = pd.DataFrame(np.asarray(decision, np.float64)).groupby(codes).mean()
    return np.asarray(names), means.to_numpy()


def trial_accuracy(
    decision: NDArray[np.floating],
    classes: NDArray[np.str_],
    labels: NDArray[Any],
    people: NDArray[Any],
    bootstrap: int,
    seed: int,
) -> tuple[Score, Mapping[str, PersonAccuracy]]:
    """Score decisions on trials.

    Args:
        decision: (m, k) decisions on trials.
        classes: (k,) labels of the columns.
        labels: (m,) label of each trial.
        people: (m,) person of each trial.
        bootstrap: Draws of the bootstrap over people.
        seed: Seed of the draws.

    Returns:
        Mean accuracy over people, with `chance` and the interval over people, which needs five of
        them; accuracy per person.
    """
    labels = np.asarray(labels).astype(str)
    correct = classes[np.asarray(decision).argmax(1)] == labels
    by_person = {}
    for name in np.unique(people):
        rows = people == name
        shares = np.unique(labels[rows], return_counts=True)[1] / rows.sum()
        by_person[str(name)] = PersonAccuracy(
            float(correct[rows].mean()), float(shares.max()), int(rows.sum())
        )
    found = list(by_person.values())
    units = pd.Series(range(len(found)), name="people")
    mean = mean_with_interval(np.array([one.accuracy for one in found]), units, bootstrap, seed)
    score = replace(
        mean,
        chance=float(np.mean([one.chance for one in found])),
        n_windows=ABSENT,
        n_clips=ABSENT,
        n_people=len(found),
    )
    if mean.low is None:
        score = replace(score, reason="an interval needs five people")
    return score, by_person
