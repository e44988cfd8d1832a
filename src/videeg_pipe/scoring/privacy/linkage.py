"""Linkage: can released samples be assigned to their person by real EEG, and the reverse?"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from videeg_pipe.contracts.scores import Score, unknown
from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.privacy.audited import AuditData, Views
from videeg_pipe.scoring.privacy.intervals import (
    bootstrap_score,
    nested_weights,
    weighted_mean,
)

_COMPONENTS = 150
LEAST_PER_PERSON = 4
"""Average number of training windows that each person needs."""


def score_linkage(audited: AuditData, bootstrap: int, seed: int) -> Score:
    """Assign released samples to people by their real windows, and real windows by samples.

    Classifiers are trained on windows of the training split and tested on held-out ones: real
    windows give the ceiling, the samples made for the same windows the score.

    Returns:
        The entry `linkage`, with `chance`, `ceiling` and `back`.
    """
    train = ~audited.held_out
    people, counts = np.unique(audited.subjects[train], return_counts=True)
    test = audited.held_out & np.isin(audited.subjects, people)
    if len(people) < 2:
        return unknown("real windows of the training split are of one person at most")
    if not test.any():
        return unknown("no released samples of people in the training were held out")
    if train.sum() < LEAST_PER_PERSON * len(people):
        return unknown(f"fewer than {LEAST_PER_PERSON} released training samples per person")
    windows = audited.windows[test].reset_index(drop=True)

    def linked(trained_on: Views, tested_on: Views) -> Score:
        known, subjects = _rows(trained_on, train), audited.subjects[train]
        return linked_share(known, subjects, _rows(tested_on, test), windows, bootstrap, seed)

    most_frequent = people[counts.argmax()]
    return replace(
        linked(audited.real, audited.samples),
        chance=float((audited.subjects[test] == most_frequent).mean()),
        ceiling=linked(audited.real, audited.real),
        back=linked(audited.samples, audited.real),
        n_people=len(people),
        n_windows=len(windows),
    )


def linked_share(
    known: Views,
    subjects: NDArray[np.str_],
    tested: Views,
    windows: pd.DataFrame,
    bootstrap: int,
    seed: int,
) -> Score:
    """Return the share of windows that a classifier of people assigns to their person.

    Args:
        known: n training windows.
        subjects: (n,) their people.
        tested: m other windows.
        windows: m rows of the latter, with `subject` and `clip_id`.
        bootstrap: Draws of the bootstrap.
        seed: Seed of the bootstrap.
    """
    weights = nested_weights(windows, np.zeros(len(windows)), bootstrap, seed)
    correct = identify(known, subjects, tested) == windows["subject"].to_numpy(str)
    return bootstrap_score(weighted_mean(correct.astype(np.float64), weights), windows["clip_id"])


def identify(known: Views, subjects: NDArray[np.str_], tested: Views) -> NDArray[np.str_]:
    """Predict the person of each tested window, (m,), from windows of known people (n,).

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
        return model.fit(x, subjects).predict(_features(tested))


def _rows(views: Views, chosen: NDArray[np.bool_]) -> Views:
    return {name: x[chosen] for name, x in views.items()}


def _features(views: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.hstack([views["covariance"], views["spectra"]])
