"""Whether a decoder that learned from generated windows works on real ones.

Train on synthetic, test on real (Esteban et al. 2017): the same decoder learns from the released
windows of the training split, once from their real EEG (trtr), once from the generated EEG (tstr),
once from both (augmented), once from real EEG and the same with pieces of generated EEG in it
(spliced), and is tested on all real windows of the test split whose label can be learned.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.scoring_data import Material
from videeg_pipe.scoring.stats import (
    blocks,
    clip_weights,
    enough_clips,
    mean_with_interval,
    percentile_interval,
    unknown,
)
from videeg_pipe.scoring.utility.decoders import DECODERS, Decoder, Examples, describe

DEFINITIONS = {
    "concept": "Which of the concepts was on the screen.",
    "emotion": "Which emotion the clip is labelled with.",
    "trtr": "Train on real, test on real: accuracy on those real windows of the test split whose "
    "label has two training windows or more, of a decoder that learned from the real EEG of the "
    "released windows of the training split. 95 % interval from a bootstrap over clips.",
    "tstr": "Train on synthetic, test on real: the same from the generated EEG of the same "
    "windows. Ideal: trtr.",
    "augmented": "The same from both together.",
    "spliced": "The same from the real windows and, once more, from those with a piece of half "
    "their length, at a random place, taken from the generated window for the same moment: both "
    "have the label. After ECD's augmentation (Chen et al. 2024), which splices generated into "
    "original signals.",
    "chance": "What a guess reaches: the share of the most frequent label in the test windows.",
    "ratio": "tstr / trtr. Ideal 1; two decoders that guess have it too.",
    "above_chance_ratio": "(tstr - chance) / (trtr - chance): 0 where the generated EEG teaches "
    "nothing. Null where the real EEG cannot be told to teach anything.",
    "decoder": "That of the five which learned from real windows and does best on real windows of "
    "the validation split. covariance, spectra, course, bands: linear discriminant analysis with "
    "shrinkage (Ledoit-Wolf) on 150 principal components, at most half as many as windows, of log "
    "covariances between electrodes, log spectra (ten bands), the window from 1 to 10 Hz, or "
    "differential entropies (five bands; Duan et al. 2013). eegnet: EEGNet (Lawhern et al. 2018), "
    "braindecode's EEGNetv4, on the window at 100 Hz. Features are standardised a subject.",
}
TARGETS = ("concept", "emotion")
_BATCH = 256
"""Windows held at a time: only their features are kept."""
_LEAST_A_LABEL = 4
"""Windows that each label needs on average, to learn from."""


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
        mixed = spliced(_recorded(taught, inputs), _released(file, places, taught, inputs), seed)
        both = describe(taught, mixed, sfreq)
    checked = table[table["split"] == "validation"].reset_index(drop=True)
    real = describe(taught, _recorded(taught, inputs), sfreq)
    validation = describe(checked, _recorded(checked, inputs), sfreq) if len(checked) else None
    test = describe(material.windows, iter([material.normalised]), sfreq)
    section: dict[str, Any] = {"definitions": DEFINITIONS}
    for target in TARGETS:
        section[target] = compare(
            real=real,
            generated=generated,
            mixed=both,
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
    mixed: Examples | None,
    validation: Examples | None,
    test: Examples,
    target: str,
    bootstrap: int,
    seed: int,
) -> dict[str, Any]:
    """Compare what a decoder learns from real and from generated windows.

    Args:
        real: Real EEG of windows of the training split.
        generated: Generated EEG of the same windows, or other generated windows.
        mixed: Real EEG of the same windows with pieces of generated EEG; None where none belongs
            to them.
        validation: Real windows that choose the decoder; the first is taken where there are none.
        test: Real windows to be told apart; those whose label cannot be learned are left out.
        target: Column of the label.
        bootstrap: Draws of the bootstrap over clips.
        seed: Seed of the run.

    Returns:
        `trtr`, `tstr`, `augmented` and, with mixed windows, `spliced`, each with its interval;
        `chance`, both ratios, the `decoder` and what `decoders` of all kinds reach; or no value
        and the reason.
    """
    known = _repeated(real, target)
    real, test = (of.with_labels(target, known) for of in (real, test))
    generated = generated.with_labels(target, known & _repeated(generated, target))
    labels = test.windows[target]
    if labels.nunique() < 2:
        return unknown(f"fewer than two values of {target} are in training and test windows")
    if len(real.windows) < _LEAST_A_LABEL * len(known):
        return unknown(f"fewer than {_LEAST_A_LABEL} windows a {target} to learn from")
    if generated.windows[target].nunique() < 2:
        return unknown(f"fewer than two values of {target} are in generated windows")
    checked = validation.with_labels(target, known) if validation else None

    def right(decoder: Decoder, on: Examples) -> NDArray[np.float64]:
        return (decoder.predict(on) == on.windows[target].to_numpy()).astype(np.float64)

    taught = {name: Decoder(name, target).fit(real) for name in DECODERS}
    chosen = next(iter(DECODERS))
    if checked is not None and len(checked.windows):
        chosen = max(DECODERS, key=lambda name: right(taught[name], checked).mean())
    teachers: dict[str, tuple[Examples, ...]]
    teachers = {"tstr": (generated,), "augmented": (real, generated)}
    if mixed is not None:
        teachers["spliced"] = (real, mixed.with_labels(target, known))
    all_right = {
        name: {"trtr": right(decoder, test)}
        | {
            key: right(Decoder(name, target).fit(*sets), test)
            for key, sets in teachers.items()
            if key == "tstr" or name == chosen  # EEGNet learns for a quarter of a minute
        }
        for name, decoder in taught.items()
    }
    boot_seed = derive_seed(seed, "utility")
    clips = blocks(test.windows)
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


def _repeated(examples: Examples, target: str) -> set[str]:
    """Labels of more than one window: one alone has no spread."""
    counts = examples.windows[target].value_counts()
    return set(counts.index[counts > 1])


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


def spliced(
    real: Iterator[NDArray[np.floating]], generated: Iterator[NDArray[np.floating]], seed: int
) -> Iterator[NDArray[np.floating]]:
    """Put a piece of each generated window into the real window of the same moment.

    Args:
        real: Windows (n, C, T), in batches.
        generated: As many, made for the same windows.
        seed: Seed of the run.

    Yields:
        Batches of windows whose half, from a random sample on, is generated.
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
