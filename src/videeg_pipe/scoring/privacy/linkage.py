"""Whether a window can be linked to its person: a released one by real EEG, and the reverse."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.privacy.audited import Audited, Views
from videeg_pipe.scoring.privacy.intervals import entry, mean, nested_weights
from videeg_pipe.scoring.stats import unknown

_COMPONENTS = 150
LEAST_A_PERSON = 4
"""Windows of each person that there have to be to learn from, on average."""


def score(audited: Audited, bootstrap: int, seed: int) -> dict[str, Any]:
    """Link released samples to people known by real windows, and real windows by samples.

    Classifiers learn from windows of the training split, and are tested on those held out: real
    ones give the ceiling, the samples made for the same windows the score.

    Returns:
        The entry of metrics.json, with `chance`, `ceiling` and `back`.
    """
    taught = ~audited.held_out
    people, counts = np.unique(audited.subjects[taught], return_counts=True)
    tested = audited.held_out & np.isin(audited.subjects, people)
    if len(people) < 2:
        return unknown("real windows of the training split are of one person at most")
    if not tested.any() or taught.sum() < LEAST_A_PERSON * len(people):
        return unknown("too few released samples of either kind of split")
    windows = audited.windows[tested].reset_index(drop=True)

    def linked(learned_from: Views, on: Views) -> dict[str, Any]:
        known, who = _rows(learned_from, taught), audited.subjects[taught]
        return link(known, who, _rows(on, tested), windows, bootstrap, seed)

    guess = people[counts.argmax()]
    return linked(audited.real, audited.samples) | {
        "chance": float((audited.subjects[tested] == guess).mean()),
        "ceiling": linked(audited.real, audited.real),
        "back": linked(audited.samples, audited.real),
        "n_people": len(people),
        "n_windows": len(windows),
    }


def link(
    known: Views,
    subjects: NDArray[np.str_],
    tested: Views,
    windows: pd.DataFrame,
    bootstrap: int,
    seed: int,
) -> dict[str, Any]:
    """Share of windows that are linked to their person, by windows of known people.

    Args:
        known: n windows.
        subjects: (n,).
        tested: m other windows.
        windows: m rows with `subject` and `clip_id` of those.
        bootstrap: Draws of the bootstrap.
        seed: Seed of the bootstrap.
    """
    weights = nested_weights(windows, np.zeros(len(windows)), bootstrap, seed)
    right = identify(known, subjects, tested) == windows["subject"].to_numpy(str)
    return entry(mean(right.astype(np.float64), weights), windows["clip_id"])


def identify(known: Views, subjects: NDArray[np.str_], unknown_ones: Views) -> NDArray[np.str_]:
    """Name the person of windows, (m,), from windows of known people (n,).

    Linear discriminant analysis on log covariances (the tangent space of Riemannian classifiers,
    log-Euclidean) and log spectra.
    """
    x = _features(known)
    model = make_pipeline(
        StandardScaler(),
        PCA(min(_COMPONENTS, *x.shape), random_state=0),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    )
    with one_thread():
        return model.fit(x, subjects).predict(_features(unknown_ones))


def _rows(views: Views, chosen: NDArray[np.bool_]) -> Views:
    return {name: x[chosen] for name, x in views.items()}


def _features(views: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.hstack([views["covariance"], views["spectra"]])
