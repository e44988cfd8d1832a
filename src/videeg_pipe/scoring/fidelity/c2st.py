"""Whether a classifier can tell generated windows from real ones.

The classifier two-sample test (Lopez-Paz and Oquab 2017): accuracy on windows of clips that the
classifier did not learn from. 0.5 is a coin's; 1 means that every window gives itself away.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.features import log_covariances, log_spectra
from videeg_pipe.scoring.fidelity.network import BATCH, SmallEEGNet, learn
from videeg_pipe.scoring.stats import blocks, mean_with_interval, unknown

DEFINITIONS = {
    "c2st": "Accuracy at telling generated from real windows, the worst (largest) of five "
    "classifiers: logistic regression and random forest on log power (ten bands, 0.5 to 40 Hz) and "
    "on log covariances between electrodes, a small network after EEGNet (Lawhern et al. 2018) on "
    "the window. Each draw of the generator stands against the real window it was drawn for; five "
    "folds that share no clip; 95 % interval from a bootstrap over clips. The floor is the worst "
    "of the same five at telling real windows from those of the neighbouring clip. Ideal 0.5.",
}
N_FOLDS = 5
_LEAST_WINDOWS = 40
"""Of either kind: with fewer a classifier cannot be trained, and 0.5 would be no praise."""
_EPOCHS = 12

Predict = Callable[[NDArray[Any], NDArray[np.intp], NDArray[Any]], NDArray[np.intp]]
"""Learns from windows and labels, and labels other windows."""


def score(
    samples: NDArray[np.floating],
    real: NDArray[np.floating],
    windows: pd.DataFrame,
    rows: NDArray[np.intp],
    *,
    sfreq: float,
    bootstrap: int,
    seed: int,
) -> dict[str, Any]:
    """Score draws of a generator against the real windows they were drawn for.

    Args:
        samples: (k, C, T) one draw for each of the windows `rows`, normalised.
        real: (n, C, T) real windows of the split, normalised.
        windows: n rows of the `windows` table.
        rows: (k,) rows of `windows` that the draws belong to.
        sfreq: Hz.
        bootstrap: Draws of the bootstrap over clips.
        seed: Seed of the run.

    Returns:
        The entry of metrics.json: `value` with `low` and `high`, `which` classifier it is, its
        `floor`, and all `classifiers`.
    """
    ideal = {"ideal": 0.5, "unit": "1"}
    chosen = windows.iloc[rows]
    clips = blocks(windows).iloc[rows]
    found = compare(samples, real[rows], chosen["subject"], clips, sfreq, bootstrap, seed)
    if found["value"] is None:
        return found | ideal | {"floor": None}
    # a pair is one person's, and its halves are drawn for it alone: others who saw the clip give
    # nothing away, whatever fold they are in
    first, second, pairs = halves(windows, chosen["subject"], derive_seed(seed, "c2st", "floor"))
    subjects = windows["subject"].iloc[first]
    floor = compare(real[first], real[second], subjects, pairs, sfreq, bootstrap, seed)
    if floor["value"] is None:
        return found | ideal | {"floor": None, "reason": f"real against real: {floor['reason']}"}
    for name, entry in floor.pop("classifiers").items():
        found["classifiers"][name]["floor"] = entry
    return found | ideal | {"floor": floor}


def compare(
    a: NDArray[np.floating],
    b: NDArray[np.floating],
    subjects: "pd.Series[str]",
    groups: "pd.Series[Any]",
    sfreq: float,
    bootstrap: int,
    seed: int,
) -> dict[str, Any]:
    """Tell two sets of normalised windows apart; the i-th of one stands against that of the other.

    Args:
        a: (n, C, T).
        b: (n, C, T).
        subjects: (n,) subject of either window.
        groups: (n,) what they share with other windows, such as their clip, whoever saw it: it is
            learned from or tested as a whole.
        sfreq: Hz.
        bootstrap: Draws of the bootstrap over groups.
        seed: Seed of the run.

    Returns:
        The worst accuracy, `which` classifier reached it, and all `classifiers`; or no value and
        the reason.
    """
    if len(a) < _LEAST_WINDOWS:
        return unknown(f"{len(a)} windows of either kind, a classifier needs {_LEAST_WINDOWS}")
    if groups.nunique() < N_FOLDS:
        return unknown(f"fewer than {N_FOLDS} clips")
    windows = np.concatenate([a, b]).astype(np.float32)
    if not np.isfinite(windows).all():
        return unknown("some values are not finite")
    labels = np.repeat([0, 1], [len(a), len(b)])
    subjects, groups = (pd.concat([of, of], ignore_index=True) for of in (subjects, groups))
    parts = folds(labels, groups, seed)
    scored: dict[str, dict[str, Any]] = {}
    for kind, describe, classifiers in (
        ("spectra", log_spectra, _on_features(seed)),
        ("covariance", log_covariances, _on_features(seed)),
        ("window", lambda x, _: x, {"eegnet": _network(seed)}),
    ):
        x = centred(describe(windows, sfreq), subjects)
        for name, predict in classifiers.items():
            right = np.empty(len(labels))
            for train, test in parts:
                right[test] = predict(x[train], labels[train], x[test]) == labels[test]
            scored[f"{kind}_{name}"] = mean_with_interval(right, groups, bootstrap, seed)
    which = max(scored, key=lambda name: scored[name]["value"])
    return {**scored[which], "which": which, "classifiers": scored}


def halves(
    windows: pd.DataFrame, wanted: "pd.Series[str]", seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], "pd.Series[str]"]:
    """Pairs of real windows from neighbouring clips: which clip goes to which half is drawn.

    Neighbours are left out of the training together. One clip alone would leave more of the other
    half among those that resemble it, and the classifier would do worse than a coin.

    Args:
        windows: n rows of the real windows.
        wanted: Subjects of the windows that the halves should be as many as.
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
    n_wanted = wide["subject"].map(wanted.value_counts()).fillna(0)
    wide = wide[wide.groupby("subject").cumcount() < n_wanted]
    pairs = wide["pair"].reset_index(drop=True).rename("pairs")
    return wide[0].to_numpy(), wide[1].to_numpy(), pairs


def folds(
    labels: NDArray[np.intp], groups: "pd.Series[Any]", seed: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows to learn from and rows to be tested on; no group is in both.

    Args:
        labels: (n,).
        groups: (n,) clip of each window; a generated one has that of the window it was drawn for.
        seed: Seed of the run.
    """
    state = derive_seed(seed, "c2st", "folds") % 2**32
    splitter = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=state)
    return list(splitter.split(np.zeros((len(labels), 1)), labels, groups))


def centred(x: NDArray[np.float32], subjects: "pd.Series[str]") -> NDArray[np.float32]:
    """Features without their mean over a subject's windows, real and generated alike."""
    out = x.copy()
    for rows in subjects.groupby(subjects).indices.values():
        out[rows] -= x[rows].mean(0)
    return out


def _on_features(seed: int) -> dict[str, Predict]:
    state = derive_seed(seed, "c2st", "classifier") % 2**32

    def logistic(x: NDArray[Any], y: NDArray[np.intp], new: NDArray[Any]) -> NDArray[np.intp]:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=500))
        with one_thread():
            return model.fit(x, y).predict(new)

    def forest(x: NDArray[Any], y: NDArray[np.intp], new: NDArray[Any]) -> NDArray[np.intp]:
        model = RandomForestClassifier(150, min_samples_leaf=2, random_state=state)
        return model.fit(x, y).predict(new)

    return {"logistic": logistic, "forest": forest}


def _network(seed: int) -> Predict:
    def predict(x: NDArray[Any], y: NDArray[np.intp], new: NDArray[Any]) -> NDArray[np.intp]:
        with one_thread(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(seed, "c2st", "eegnet"))
            model = SmallEEGNet(x.shape[1], x.shape[2], n_outputs=2)
            steps = _EPOCHS * -(-len(x) // BATCH)
            learn(model, torch.from_numpy(x), torch.from_numpy(y), steps)
            with torch.no_grad():
                return model(torch.from_numpy(new)).argmax(1).numpy()

    return predict
