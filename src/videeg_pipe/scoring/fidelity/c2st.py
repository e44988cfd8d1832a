"""Classifier two-sample test: can a classifier tell generated windows from real ones?

Lopez-Paz and Oquab 2017: accuracy on windows of held-out clips. 0.5 is chance; at 1, every window
is recognised.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.parallel import Parallel, delayed

from videeg_pipe.contracts.scores import ABSENT, Score, score_spec, unknown
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.features import log_covariances, log_spectra, tangent_vectors
from videeg_pipe.scoring.fidelity.network import Predict, SmallEEGNet, network_predictor
from videeg_pipe.scoring.fidelity.strong_classifiers import shallow_fbcsp, tuned_eegnet
from videeg_pipe.scoring.stats import bootstrap_units, mean_with_interval

N_FOLDS = 5
_LEAST_WINDOWS = 40
"""Of either kind: with fewer, a classifier cannot be trained, and 0.5 would mean nothing."""
_EPOCHS = 12
_SLOW = ("tuned", "shallow")  # kinds of classifiers that train folds side by side

Features = Callable[[NDArray[Any], float], NDArray[Any]]
"""Computes features from windows (n, C, T) and their rate in Hz."""


def score_c2st(
    samples: NDArray[np.floating],
    real: NDArray[np.floating],
    windows: pd.DataFrame,
    rows: NDArray[np.intp],
    *,
    sfreq: float,
    bootstrap: int,
    seed: int,
    strong: bool = False,
    training: NDArray[np.floating] | None = None,
) -> dict[str, Score]:
    """Score draws of a generator against the real windows they were drawn for.

    Args:
        samples: (k, C, T) one draw for each of the windows `rows`, normalised.
        real: (n, C, T) real windows of the split, normalised.
        windows: n rows of the `windows` table.
        rows: (k,) rows of `windows` that the draws belong to.
        sfreq: Hz.
        bootstrap: Draws of the bootstrap over clips.
        seed: Seed of the run.
        strong: Whether to add the three stronger classifiers; they take minutes.
        training: (n, C, T) a training window of each window's person, normalised, if there are any.

    Returns:
        The entry `c2st` of metrics.json, the worst of five classifiers, with its `floor`, that of
        `training` windows, and all `classifiers`; with `strong` also `c2st_eight`, the worst of
        eight.
    """
    names = ("c2st", "c2st_eight") if strong else ("c2st",)
    facts = score_spec("fidelity", "c2st").facts
    chosen = windows.iloc[rows]
    units = bootstrap_units(windows).iloc[rows]
    score = two_sample_test(
        samples, real[rows], chosen["subject"], units, sfreq, bootstrap, seed, strong=strong
    )
    if score.value is None:
        return dict.fromkeys(names, replace(score, **facts, floor=None))
    # each pair belongs to one person, and its halves are drawn for it alone: windows of others who
    # saw the clip reveal nothing, whatever their fold
    first, second, pairs = pair_clips(
        windows, chosen["subject"], derive_seed(seed, "c2st", "floor")
    )
    subjects = windows["subject"].iloc[first]
    floor = two_sample_test(
        real[first], real[second], subjects, pairs, sfreq, bootstrap, seed, strong=strong
    )
    if floor.value is None:
        reason = f"real against real: {floor.reason}"
        entries = dict.fromkeys(names, replace(score, **facts, floor=None, reason=reason))
    else:
        entries = {name: _with_floor(name, score, floor) for name in names}
    if training is not None:
        recorded = two_sample_test(
            training[rows], real[rows], chosen["subject"], units, sfreq, bootstrap, seed
        )
        known = replace(recorded, classifiers=ABSENT)
        entries["c2st"] = replace(entries["c2st"], training=known)
    return entries


def _with_floor(name: str, score: Score, floor: Score) -> Score:
    """The largest accuracy of the classifiers of an entry, with that of real against real."""
    counted = score_spec("fidelity", name).parts
    largest, floors = (
        _largest({kind: of.classifiers[kind] for kind in counted}) for of in (score, floor)
    )
    classifiers = {
        kind: replace(entry, floor=floors.classifiers[kind])
        for kind, entry in largest.classifiers.items()
    }
    return replace(
        largest,
        **score_spec("fidelity", "c2st").facts,
        classifiers=classifiers,
        floor=replace(floors, classifiers=ABSENT),
    )


def two_sample_test(
    a: NDArray[np.floating],
    b: NDArray[np.floating],
    subjects: "pd.Series[str]",
    groups: "pd.Series[Any]",
    sfreq: float,
    bootstrap: int,
    seed: int,
    *,
    strong: bool = False,
) -> Score:
    """Classify two sets of normalised windows; the i-th windows of both are a pair.

    Args:
        a: (n, C, T).
        b: (n, C, T).
        subjects: (n,) subject of both windows.
        groups: (n,) group of both windows, such as their clip; a fold holds a group whole.
        sfreq: Hz.
        bootstrap: Draws of the bootstrap over groups.
        seed: Seed of the run.
        strong: Whether to add the three stronger classifiers.

    Returns:
        The largest accuracy, `which` classifier reached it, and all `classifiers`; or no value and
        the reason.
    """
    if len(a) < _LEAST_WINDOWS:
        return unknown(f"{len(a)} windows of either kind, a classifier needs {_LEAST_WINDOWS}")
    if groups.nunique() < N_FOLDS:
        kind = {"pairs": "pairs of neighbouring clips"}.get(str(groups.name), "clips")
        return unknown(f"fewer than {N_FOLDS} {kind}")
    windows = np.concatenate([a, b]).astype(np.float32)
    if not np.isfinite(windows).all():
        return unknown("some values are not finite")
    labels = np.repeat([0, 1], [len(a), len(b)])
    subjects, groups = (pd.concat([of, of], ignore_index=True) for of in (subjects, groups))
    parts = folds(labels, groups, seed)
    scores: dict[str, Score] = {}
    for kind, features, classifiers in (*_usual(seed), *(_strong(seed) if strong else ())):
        x = centre_by_subject(features(windows, sfreq), subjects)
        for name, predict in classifiers.items():
            correct = np.empty(len(labels))
            labelled = Parallel(n_jobs=2 if kind in _SLOW else 1)(
                delayed(predict)(x[train], labels[train], x[test]) for train, test in parts
            )
            for (_, test), found in zip(parts, labelled, strict=True):
                correct[test] = found == labels[test]
            scores[f"{kind}_{name}"] = mean_with_interval(correct, groups, bootstrap, seed)
    return _largest(scores)


def _largest(scores: Mapping[str, Score]) -> Score:
    """Return the score of the classifier with the largest accuracy, with those of all."""
    which = max(scores, key=lambda name: scores[name].value or 0.0)
    return replace(scores[which], which=which, classifiers=scores)


def pair_clips(
    windows: pd.DataFrame, sample_subjects: "pd.Series[str]", seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], "pd.Series[str]"]:
    """Pair real windows of neighbouring clips; which clip of a pair goes to which half is drawn.

    A fold holds a pair whole. If a fold held one clip of a pair, the training set would hold more
    windows of the other half among those that resemble it: accuracy would fall below chance.

    Args:
        windows: n rows of the real windows.
        sample_subjects: Subject of each sample; the halves match these in number.
        seed: Seed of the draw.

    Returns:
        Rows of the first half, rows of the second (as many, at the same place in their clips), and
        the name of each pair of clips.
    """
    rng = np.random.default_rng(seed)
    table = windows.reset_index(drop=True)[["subject", "clip_id", "recording_id", "start_sample"]]
    table["row"] = np.arange(len(table))
    table = table.sort_values(["subject", "recording_id", "start_sample"])
    table["place"] = table.groupby("clip_id").cumcount()
    clip = table.groupby("subject")["clip_id"].transform(lambda own: pd.factorize(own)[0])
    table["pair"] = table["subject"] + "/" + (clip // 2).astype(str)
    names = table["pair"].unique()
    flip, turn = (
        table["pair"].map(dict(zip(names, drawn, strict=True)))
        for drawn in (rng.integers(2, size=len(names)), rng.permutation(len(names)))
    )
    table["half"], table["turn"] = (clip + flip) % 2, turn
    wide = table.pivot_table(
        index=["subject", "turn", "pair", "place"], columns="half", values="row"
    )
    wide = wide.reindex(columns=[0, 1]).dropna().astype(np.intp).reset_index()
    n_samples = wide["subject"].map(sample_subjects.value_counts()).fillna(0)
    wide = wide[wide.groupby("subject").cumcount() < n_samples]
    pairs = wide["pair"].reset_index(drop=True).rename("pairs")
    return wide[0].to_numpy(), wide[1].to_numpy(), pairs


def folds(
    labels: NDArray[np.intp], groups: "pd.Series[Any]", seed: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return the rows of the training and of the test windows; no group is in both.

    Args:
        labels: (n,).
        groups: (n,) clip of each window; of a draw, the clip of its window.
        seed: Seed of the run.
    """
    state = derive_seed(seed, "c2st", "folds") % 2**32
    splitter = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=state)
    return list(splitter.split(np.zeros((len(labels), 1)), labels, groups))


def centre_by_subject(x: NDArray[np.float32], subjects: "pd.Series[str]") -> NDArray[np.float32]:
    """Subtract from features (n, ...) their mean over each subject's windows of both kinds."""
    out = x.copy()
    for rows in subjects.groupby(subjects).indices.values():
        out[rows] -= x[rows].mean(0)
    return out


def _usual(seed: int) -> list[tuple[str, Features, dict[str, Predict]]]:
    """Return the five classifiers by kind of features."""
    make = partial(SmallEEGNet, n_outputs=2)
    eegnet = network_predictor(make, epochs=_EPOCHS, seed=derive_seed(seed, "c2st", "eegnet"))
    return [
        ("spectra", log_spectra, _feature_classifiers(seed)),
        ("covariance", log_covariances, _feature_classifiers(seed)),
        ("window", _as_they_are, {"eegnet": eegnet}),
    ]


def _strong(seed: int) -> list[tuple[str, Features, dict[str, Predict]]]:
    """Return the three stronger ones."""
    state = derive_seed(seed, "c2st", "strong") % 2**32
    logistic = _feature_classifiers(seed)["logistic"]
    return [
        ("riemann", tangent_vectors, {"logistic": logistic}),
        ("tuned", _as_they_are, {"eegnet": tuned_eegnet(state)}),
        ("shallow", _as_they_are, {"fbcsp": shallow_fbcsp(state)}),
    ]


def _as_they_are(windows: NDArray[np.floating], sfreq: float) -> NDArray[np.floating]:
    """Return the windows; all features share one signature."""
    return windows


def _feature_classifiers(seed: int) -> dict[str, Predict]:
    state = derive_seed(seed, "c2st", "classifier") % 2**32

    def logistic(x: NDArray[Any], y: NDArray[np.intp], new: NDArray[Any]) -> NDArray[np.intp]:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=500))
        with one_thread():
            return model.fit(x, y).predict(new)

    def forest(x: NDArray[Any], y: NDArray[np.intp], new: NDArray[Any]) -> NDArray[np.intp]:
        model = RandomForestClassifier(150, min_samples_leaf=2, random_state=state)
        return model.fit(x, y).predict(new)

    return {"logistic": logistic, "forest": forest}
