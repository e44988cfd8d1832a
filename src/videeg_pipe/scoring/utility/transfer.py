"""Whether a decoder trained on generated windows works on real ones.

Train on synthetic, test on real (Esteban et al. 2017). The same decoder is trained on the released
windows of the training split four times: on their real EEG (trtr), on the generated EEG (tstr), on
both (augmented), and on real EEG with spliced copies (spliced). It is tested on all real test
windows whose label can be learned.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.contracts.scores import Score, definitions, unknown
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.choice import choose_windows, most_windows
from videeg_pipe.scoring.scoring_data import ScoringData
from videeg_pipe.scoring.stats import (
    bootstrap_units,
    clip_weights,
    enough_clips,
    mean_with_interval,
    percentile_interval,
)
from videeg_pipe.scoring.utility.decoders import DECODERS, Decoder, Examples, decoder_features

TARGETS = ("concept", "emotion")
_MOST_WINDOWS = 4000  # that decoders are trained on
_BATCH = 256
"""Windows in memory at a time; only their features are kept."""
_LEAST_PER_LABEL = 4
"""Average number of training windows that each label needs."""


def score_utility(
    h5: Path, inputs: Inputs, data: ScoringData, bootstrap: int, seed: int
) -> dict[str, Any]:
    """Score the released samples of the training split as training data of decoders.

    Args:
        h5: The released file.
        inputs: Windows, normalisation and recordings.
        data: Real windows of the test split.
        bootstrap: Draws of the bootstrap over clips.
        seed: Seed of the run.

    Returns:
        The section `utility`: one entry per target.
    """
    table, sfreq = inputs.windows(table="windows"), data.sfreq
    section: dict[str, Any] = {"definitions": definitions("utility")}
    with h5py.File(h5) as file:
        places = np.flatnonzero(file["split"].asstr()[:] == "train")
        matched = pd.Index(table["seed"]).get_indexer(file["seed"][:][places])
        if not len(places) or (matched < 0).any():
            reason = "the release holds no samples of windows of the training split"
            return section | {name: unknown(reason) for name in TARGETS}
        rows = choose_windows(table.iloc[matched], _MOST_WINDOWS, seed)
        places, train = places[rows], table.iloc[matched[rows]].reset_index(drop=True)
        generated = decoder_features(train, _released(file, places, train, inputs), sfreq)
        mixed = spliced(_recorded(train, inputs), _released(file, places, train, inputs), seed)
        mixed_features = decoder_features(train, mixed, sfreq)
    held_out = most_windows(table[table["split"] == "validation"].reset_index(drop=True))
    real = decoder_features(train, _recorded(train, inputs), sfreq)
    validation = (
        decoder_features(held_out, _recorded(held_out, inputs), sfreq) if len(held_out) else None
    )
    test = decoder_features(data.windows, iter([data.normalised]), sfreq)
    for target in TARGETS:
        section[target] = compare_training_sets(
            real=real,
            generated=generated,
            mixed=mixed_features,
            validation=validation,
            test=test,
            target=target,
            bootstrap=bootstrap,
            seed=seed,
        )
    return section


def compare_training_sets(
    *,
    real: Examples,
    generated: Examples,
    mixed: Examples | None,
    validation: Examples | None,
    test: Examples,
    target: str,
    bootstrap: int,
    seed: int,
) -> dict[str, Any] | Score:
    """Compare decoders trained on real and on generated windows.

    Args:
        real: Real EEG of windows of the training split.
        generated: Generated EEG of the same windows, or other generated windows.
        mixed: Real EEG of the same windows with pieces of generated EEG; None if the generated
            windows are not paired with them.
        validation: Real windows to choose the decoder; None: the first is taken.
        test: Real windows to classify; those whose label cannot be learned are left out.
        target: Column of the label.
        bootstrap: Draws of the bootstrap over clips.
        seed: Seed of the run.

    Returns:
        `trtr`, `tstr`, `augmented` and, with mixed windows, `spliced`, each with its interval;
        `chance`, both ratios, the chosen `decoder` and the accuracies of all `decoders`; or no
        value and the reason.
    """
    known = _repeated_labels(real, target)
    real, test = (of.with_labels(target, known) for of in (real, test))
    generated = generated.with_labels(target, known & _repeated_labels(generated, target))
    labels = test.windows[target]
    if labels.nunique() < 2:
        return unknown(f"fewer than two values of {target} are in training and test windows")
    if len(real.windows) < _LEAST_PER_LABEL * len(known):
        return unknown(f"fewer than {_LEAST_PER_LABEL} training windows per {target}")
    if generated.windows[target].nunique() < 2:
        return unknown(f"fewer than two values of {target} are in generated windows")
    if validation is not None:
        validation = validation.with_labels(target, known)

    def correct(decoder: Decoder, on: Examples) -> NDArray[np.float64]:
        return (decoder.predict(on) == on.windows[target].to_numpy()).astype(np.float64)

    trained_on_real = {name: Decoder(name, target).fit(real) for name in DECODERS}
    chosen = next(iter(DECODERS))
    if validation is not None and len(validation.windows):
        held_out = validation
        chosen = max(DECODERS, key=lambda name: correct(trained_on_real[name], held_out).mean())
    training_sets: dict[str, tuple[Examples, ...]]
    training_sets = {"tstr": (generated,), "augmented": (real, generated)}
    if mixed is not None:
        training_sets["spliced"] = (real, mixed.with_labels(target, known))
    all_correct = {
        name: {"trtr": correct(decoder, test)}
        | {
            key: correct(Decoder(name, target).fit(*sets), test)
            for key, sets in training_sets.items()
            if key == "tstr" or name == chosen  # EEGNet trains for a quarter of a minute
        }
        for name, decoder in trained_on_real.items()
    }
    boot_seed = derive_seed(seed, "utility")
    clips = bootstrap_units(test.windows)
    out: dict[str, Any] = {
        key: mean_with_interval(values, clips, bootstrap, boot_seed)
        for key, values in all_correct[chosen].items()
    }
    chance = float(labels.value_counts(normalize=True).max())
    weights = clip_weights(clips, bootstrap, boot_seed) if enough_clips(clips) else None
    return out | {
        "chance": chance,
        "ratio": _ratio(all_correct[chosen], 0.0, weights),
        "above_chance_ratio": _ratio(all_correct[chosen], chance, weights),
        "decoder": chosen,
        "decoders": {
            name: {key: float(values.mean()) for key, values in accuracies.items()}
            for name, accuracies in all_correct.items()
        },
        "n_labels": int(labels.nunique()),
        "n_train": len(real.windows),
        "n_test": len(labels),
    }


def _repeated_labels(examples: Examples, target: str) -> set[str]:
    """Labels of more than one window: a single window has no spread."""
    counts = examples.windows[target].value_counts()
    return set(counts.index[counts > 1])


def _ratio(
    correct: Mapping[str, NDArray[np.float64]],
    start: float,
    weights: NDArray[np.float64] | None,
) -> Score:
    """Accuracy above `start` after training on generated windows, over that after real ones."""
    real, generated = correct["trtr"] - start, correct["tstr"] - start
    if weights is None:
        return unknown("too few clips for an interval of trtr")
    below = weights @ real
    if percentile_interval(below)[0] <= 0:
        return unknown(f"the interval of trtr does not lie above {start:.3g}")
    low, high = percentile_interval(weights @ generated / np.maximum(below, 1e-9))
    return Score(float(generated.mean() / real.mean()), low, high)


def spliced(
    real: Iterator[NDArray[np.floating]], generated: Iterator[NDArray[np.floating]], seed: int
) -> Iterator[NDArray[np.floating]]:
    """Replace half of each real window by the same half of its generated window.

    Args:
        real: Windows (n, C, T), in batches.
        generated: Generated windows of the same moments, in the same batches.
        seed: Seed of the run.

    Yields:
        Batches of windows; half of each, from a random sample on, is generated.
    """
    rng = np.random.default_rng(derive_seed(seed, "splice"))
    for ours, theirs in zip(real, generated, strict=True):
        n_samples = ours.shape[-1]
        start = rng.integers(n_samples - n_samples // 2 + 1, size=(len(ours), 1, 1))
        since = np.arange(n_samples) - start  # (n, 1, T)
        yield np.where((since >= 0) & (since < n_samples // 2), theirs, ours)


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
