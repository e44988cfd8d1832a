"""Whether a decoder that learned from generated windows works on real ones.

Train on synthetic, test on real (Esteban et al. 2017): the same decoder learns from the released
windows of the training split, once from their real EEG (trtr), once from the generated EEG (tstr),
once from both (augmented), and is tested on all real windows of the test split.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline

from videeg_pipe.contracts.seeds import derive_seed
from videeg_pipe.models import Inputs
from videeg_pipe.validate.metrics.features import log_covariances, log_spectra, slow_course
from videeg_pipe.validate.metrics.material import Material
from videeg_pipe.validate.metrics.stats import (
    clip_weights,
    enough_clips,
    mean_with_interval,
    percentile_interval,
    unknown,
)

DEFINITIONS = {
    "concept": "Which of the concepts was on the screen.",
    "emotion": "Which emotion the clip is labelled with.",
    "trtr": "Train on real, test on real: accuracy on the real windows of the test split of a "
    "decoder that learned from the real EEG of the released windows of the training split. 95 % "
    "interval from a bootstrap over clips.",
    "tstr": "Train on synthetic, test on real: the same from the generated EEG of the same "
    "windows. Ideal: trtr.",
    "augmented": "The same from both together.",
    "chance": "What a guess reaches: the share of the most frequent label in the test windows.",
    "ratio": "tstr / trtr. Ideal 1.",
    "above_chance_ratio": "(tstr - chance) / (trtr - chance): 0 where the generated EEG teaches "
    "nothing. Null where the real EEG cannot be told to teach anything.",
    "decoder": "Linear discriminant analysis with shrinkage (Ledoit-Wolf) on 150 principal "
    "components of log covariances between electrodes, log spectra, or the window from 1 to 10 Hz, "
    "standardised a subject: that of the three which learned from real windows and does best on "
    "real windows of the validation split.",
}
TARGETS = ("concept", "emotion")
DECODERS: Mapping[str, Callable[[NDArray[Any], float], NDArray[np.float32]]] = {
    "covariance": log_covariances,
    "spectra": log_spectra,
    "course": slow_course,
}
_BATCH = 256
"""Windows held at a time: only their features are kept."""
_COMPONENTS = 150
_LEAST_A_LABEL = 4
"""Windows that each label needs on average, to learn from."""


@dataclass(frozen=True)
class Examples:
    """What a decoder learns from or is tested on: n windows without their EEG."""

    windows: pd.DataFrame  # n rows of the `windows` table
    features: dict[str, NDArray[np.float32]]  # (n, d) by name of the decoder

    def take(self, rows: NDArray[Any]) -> "Examples":
        """Some of the windows."""
        features = {name: values[rows] for name, values in self.features.items()}
        return Examples(self.windows[rows].reset_index(drop=True), features)

    def with_labels(self, target: str, labels: set[str]) -> "Examples":
        """The windows that have one of these labels."""
        return self.take(self.windows[target].isin(labels).to_numpy())


def describe(
    windows: pd.DataFrame, batches: Iterator[NDArray[np.floating]], sfreq: float
) -> Examples:
    """Compute the features of normalised windows, (n, C, T) in batches."""
    parts = [{name: of(batch, sfreq) for name, of in DECODERS.items()} for batch in batches]
    features = {name: np.concatenate([part[name] for part in parts]) for name in DECODERS}
    return Examples(windows.reset_index(drop=True), features)


def score(
    h5: Path, inputs: Inputs, material: Material, bootstrap: int, seed: int
) -> dict[str, Any]:
    """Score the released samples of the training split as teachers of a decoder.

    Args:
        h5: The released file.
        inputs: Windows, normalisation and recordings.
        material: Real windows of the test split.
        bootstrap: Draws of the bootstrap over clips.
        seed: Seed of the run.

    Returns:
        The section of metrics.json: an entry a target.
    """
    table, sfreq = inputs.windows(table="windows"), material.sfreq
    with h5py.File(h5) as file:
        places = np.flatnonzero(file["split"].asstr()[:] == "train")
        matched = pd.Index(table["seed"]).get_indexer(file["seed"][:][places])
        if not len(places) or (matched < 0).any():
            reason = "the release holds no samples of windows of the training split"
            return {name: unknown(reason) for name in TARGETS} | {"definitions": DEFINITIONS}
        taught = table.iloc[matched].reset_index(drop=True)
        generated = describe(taught, _released(file, places, taught, inputs), sfreq)
    checked = table[table["split"] == "validation"].reset_index(drop=True)
    real = describe(taught, _recorded(taught, inputs), sfreq)
    validation = describe(checked, _recorded(checked, inputs), sfreq) if len(checked) else None
    test = describe(material.windows, iter([material.normalised]), sfreq)
    section: dict[str, Any] = {"definitions": DEFINITIONS}
    for target in TARGETS:
        section[target] = compare(
            real=real,
            generated=generated,
            validation=validation,
            test=test,
            target=target,
            bootstrap=bootstrap,
            seed=seed,
        )
    return section


def compare(
    *,
    real: Examples,
    generated: Examples,
    validation: Examples | None,
    test: Examples,
    target: str,
    bootstrap: int,
    seed: int,
) -> dict[str, Any]:
    """Compare what a decoder learns from real and from generated windows.

    Args:
        real: Real EEG of windows of the training split.
        generated: Generated EEG of the same windows.
        validation: Real windows that choose the decoder; the first is taken where there are none.
        test: Real windows to be told apart; those whose label cannot be learned are left out.
        target: Column of the label.
        bootstrap: Draws of the bootstrap over clips.
        seed: Seed of the run.

    Returns:
        `trtr`, `tstr` and `augmented` with intervals, `chance`, both ratios, the `decoder` and
        what `decoders` of all kinds reach; or no value and the reason.
    """
    counts = real.windows[target].value_counts()
    known = set(counts.index[counts > 1])  # one window has no spread
    real, generated = real.with_labels(target, known), generated.with_labels(target, known)
    test = test.with_labels(target, known)
    labels = test.windows[target]
    if labels.nunique() < 2:
        return unknown(f"fewer than two values of {target} are in both the training and test split")
    if len(real.windows) < _LEAST_A_LABEL * len(known):
        return unknown(f"fewer than {_LEAST_A_LABEL} released training windows a {target}")
    checked = validation.with_labels(target, known) if validation else None

    def right(name: str, *teachers: Examples, on: Examples = test) -> NDArray[np.float64]:
        decoder = Decoder(name, target).fit(*teachers)
        return (decoder.predict(on) == on.windows[target].to_numpy()).astype(np.float64)

    chosen = next(iter(DECODERS))
    if checked is not None and len(checked.windows):
        chosen = max(DECODERS, key=lambda name: right(name, real, on=checked).mean())
    teachers = {"trtr": (real,), "tstr": (generated,), "augmented": (real, generated)}
    all_right = {
        name: {key: right(name, *sets) for key, sets in teachers.items()} for name in DECODERS
    }
    boot_seed = derive_seed(seed, "utility")
    clips = test.windows["clip_id"]
    out: dict[str, Any] = {
        key: mean_with_interval(values, clips, bootstrap, boot_seed)
        for key, values in all_right[chosen].items()
    }
    chance = float(labels.value_counts(normalize=True).max())
    weights = clip_weights(clips, bootstrap, boot_seed) if enough_clips(clips) else None
    return out | {
        "chance": chance,
        "ratio": _ratio(all_right[chosen], 0.0, weights),
        "above_chance_ratio": _ratio(all_right[chosen], chance, weights),
        "decoder": chosen,
        "decoders": {
            name: {key: float(values.mean()) for key, values in found.items()}
            for name, found in all_right.items()
        },
        "n_labels": int(labels.nunique()),
        "n_train": len(real.windows),
        "n_test": len(labels),
    }


class Decoder:
    """Linear discriminant analysis of one kind of feature, standardised a subject.

    All that it knows, the standardisation too, comes from the windows that it learned from.
    """

    def __init__(self, name: str, target: str) -> None:
        """Set the kind of feature and the column of the label."""
        self._name, self._target = name, target

    def fit(self, *teachers: Examples) -> "Decoder":
        """Learn from labelled windows, of several sources as if they were one."""
        windows = pd.concat([part.windows for part in teachers], ignore_index=True)
        x = np.concatenate([part.features[self._name] for part in teachers])
        groups = windows.groupby("subject").indices
        self._everyone = _moments(x)  # for people who were not there
        self._scales = {str(name): _moments(x[rows]) for name, rows in groups.items()}
        self._model = make_pipeline(
            PCA(min(_COMPONENTS, *x.shape), random_state=0),
            LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        )
        self._model.fit(self._standardised(x, windows), windows[self._target].to_numpy(str))
        return self

    def predict(self, examples: Examples) -> NDArray[np.str_]:
        """Label windows, (n,)."""
        x = self._standardised(examples.features[self._name], examples.windows)
        return self._model.predict(x)

    def _standardised(self, x: NDArray[np.float32], windows: pd.DataFrame) -> NDArray[np.float32]:
        out = np.empty_like(x)
        for name, rows in windows.groupby("subject").indices.items():
            mean, sd = self._scales.get(str(name), self._everyone)
            out[rows] = (x[rows] - mean) / sd
        return out


def _moments(x: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of each feature; that of constant ones is taken as 1."""
    sd = x.std(0)
    return x.mean(0), np.where(sd > 1e-6, sd, 1)


def _ratio(
    right: Mapping[str, NDArray[np.float64]],
    start: float,
    weights: NDArray[np.float64] | None,
) -> dict[str, Any]:
    """What generated windows teach above `start`, as a share of what real ones do."""
    real, generated = right["trtr"] - start, right["tstr"] - start
    if weights is None:
        return unknown("too few clips to tell what real EEG teaches")
    below = weights @ real
    if percentile_interval(below)[0] <= 0:
        return unknown("what real EEG teaches cannot be told from chance")
    low, high = percentile_interval(weights @ generated / np.maximum(below, 1e-9))
    return {"value": float(generated.mean() / real.mean()), "low": low, "high": high}


def _recorded(windows: pd.DataFrame, inputs: Inputs) -> Iterator[NDArray[np.floating]]:
    store, normalisation = inputs.eeg(), inputs.normalisation()
    for start in range(0, len(windows), _BATCH):
        part = windows.iloc[start : start + _BATCH]
        yield store.windows(part) / normalisation.scale(part["subject"])


def _released(
    file: h5py.File, places: NDArray[np.intp], windows: pd.DataFrame, inputs: Inputs
) -> Iterator[NDArray[np.floating]]:
    normalisation = inputs.normalisation()
    for start in range(0, len(places), _BATCH):
        scale = normalisation.scale(windows["subject"].iloc[start : start + _BATCH])
        yield file["eeg"][places[start : start + _BATCH]] / scale
