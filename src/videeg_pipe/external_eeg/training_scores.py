"""Scores that need the training windows: EEG-FID, utility, copies and linkage."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.scores import Score, definitions, unknown
from videeg_pipe.external_eeg.window_set import EVERYONE, WindowSet
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.fidelity.eeg_fid import MOST_WINDOWS as MOST_ENCODED
from videeg_pipe.scoring.fidelity.eeg_fid import TASKS, eeg_fid
from videeg_pipe.scoring.privacy.audited import attack_views
from videeg_pipe.scoring.privacy.copies import compare_distances
from videeg_pipe.scoring.privacy.linkage import LEAST_PER_PERSON, linked_share
from videeg_pipe.scoring.scoring_data import ScoringData
from videeg_pipe.scoring.stats import standardise
from videeg_pipe.scoring.utility.decoders import decoder_features
from videeg_pipe.scoring.utility.transfer import TARGETS, compare_training_sets

BOOTSTRAP = 1000
MOST_WINDOWS = 1000
"""Largest number of windows per side; more cost minutes and change little. The search for copies
uses all training windows."""

_LEAST_S = 0.25
_BATCH = 256
_TINY = float(np.finfo(np.float32).tiny)
_PRIVACY = ("unit", "copy_ratio", "copied_share", "linkage")
"""Entries of section `privacy`: attacks on the generator need the workflow."""


def score_against_training(
    data: ScoringData,
    synthetic: pd.DataFrame,
    training: WindowSet,
    *,
    reconstructed: bool,
    seed: int,
) -> tuple[dict[str, Any], list[str]]:
    """Score synthetic windows against the training windows of their generator.

    Args:
        data: Real and synthetic windows; `windows` has the real windows' labels.
        synthetic: Labels of the m synthetic windows.
        training: Training windows, with the channels and length of the others.
        reconstructed: Whether the synthetic windows were made from the real ones.
        seed: Seed of encoder, decoders and bootstrap.

    Returns:
        `eeg_fid` and the sections `utility` and `privacy`, and notes on what was assumed.
    """
    missing, notes = _missing_labels(data.windows, synthetic, training.labels), []
    if missing:
        notes.append(
            "labels that some scores need are missing: "
            + "; ".join(f"{name} of {', '.join(sides)}" for name, sides in missing.items())
            + "; give them with --labels for real, synthetic and training, in this order"
        )
    data, training = _with_common_subjects(data, training)
    sd, population = _amplitudes(training)

    def scale(subjects: "pd.Series[str]") -> NDArray[np.float32]:
        """Scale (n, C, 1); unseen subjects have the population's, as in the workflow."""
        own = np.stack([sd.get(name, population) for name in subjects])
        return np.maximum(own, _TINY).astype(np.float32)[:, :, None]

    data = replace(data, scale=scale(data.windows["subject"]))
    encoded = training.take(spread(len(training), MOST_ENCODED))
    scores: dict[str, Any] = {
        "eeg_fid": _eeg_fid(data, _divided(encoded, scale), seed),
        "privacy": _privacy(data, training, np.maximum(population, _TINY)[:, None], seed),
    }
    if reconstructed:
        reason = "the synthetic windows were made from the real windows that test the decoder"
        scores["utility"] = dict.fromkeys(TARGETS, unknown(reason))
        return scores, notes
    limited = training.take(spread(len(training), MOST_WINDOWS))
    scores["utility"] = _utility(data, synthetic, _divided(limited, scale), missing, seed)
    if len(limited) != len(data.generated):
        notes.append(
            f"decoders are trained on {len(limited)} training and {len(data.generated)} "
            "synthetic windows: equal numbers would be a fairer comparison"
        )
    return scores, notes


def spread(n: int, most: int) -> NDArray[np.intp]:
    """Return evenly spread rows of n windows, at most `most`."""
    return np.arange(min(n, most)) * n // min(n, most)


def check(real: WindowSet, training: WindowSet, sfreq: float) -> None:
    """Check that windows are long enough for decoders, and that test and training are disjoint.

    Raises:
        UserError: for windows too short to decode, or a real window among the training windows.
    """
    n_samples = training.eeg.shape[-1]
    if n_samples < _LEAST_S * sfreq:
        raise UserError(
            training.name,
            expected=f"windows of {_LEAST_S:g} s or more, for decoders",
            found=f"{n_samples / sfreq:.3g} s",
            next_step="cut longer windows on all sides, or omit --training",
        )
    hashes = {hash(window.tobytes()) for window in training.eeg}
    n_shared = sum(hash(window.tobytes()) in hashes for window in real.eeg)
    if n_shared:
        raise UserError(
            training.name,
            expected="windows that are not among the real ones, which serve as test windows",
            found=f"{n_shared} of {len(real)} real windows among them",
            next_step="remove them from one of the two",
        )


def _missing_labels(
    real: pd.DataFrame, synthetic: pd.DataFrame, training: pd.DataFrame
) -> dict[str, list[str]]:
    """Labels that the scores need, and the sides that lack them."""
    sides = {"real": real, "synthetic": synthetic, "training": training}
    missing = {
        name: [side for side, labels in sides.items() if name not in labels] for name in TARGETS
    }
    if "subject" not in training:
        missing["subject"] = ["training"]
    return {name: lacking for name, lacking in missing.items() if lacking}


def _with_common_subjects(data: ScoringData, training: WindowSet) -> tuple[ScoringData, WindowSet]:
    """Both with a single subject, unless both sides have subjects."""
    windows, labels = data.windows, training.labels.astype(str)
    if "subject" not in labels or (windows["subject"] == EVERYONE).all():
        windows, labels = (side.assign(subject=EVERYONE) for side in (windows, labels))
    return replace(data, windows=windows), replace(training, labels=labels)


def _amplitudes(
    training: WindowSet,
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]]:
    """Standard deviation per channel (C,) of each person, and the median over people, uV."""
    people = training.labels.groupby("subject").indices
    sd = {str(name): training.eeg[rows].std((0, 2)) for name, rows in people.items()}
    return sd, np.median(list(sd.values()), axis=0)


def _eeg_fid(data: ScoringData, training: WindowSet, seed: int) -> Score:
    """Entry `eeg_fid`; the encoder classifies labels that real and training windows share."""
    shared = [name for name in TASKS if name in data.windows and name in training.labels]
    several = [name for name in shared if len(training.labels[name].unique()) > 1]
    return eeg_fid(data, training.eeg, training.labels[several], seed)


def _utility(
    data: ScoringData,
    synthetic: pd.DataFrame,
    training: WindowSet,
    missing: Mapping[str, list[str]],
    seed: int,
) -> dict[str, Any]:
    """Section `utility`, of windows divided by their scale."""
    section: dict[str, Any] = {"definitions": definitions("utility", without=("spliced",))}
    for name in set(missing) & set(TARGETS):
        section[name] = unknown(f"no labels: {name} of {', '.join(missing[name])} windows")
    targets = [name for name in TARGETS if name not in section]
    if not targets:
        return section
    generated = data.generated / data.scale[data.matched]
    own = data.samples[["subject"]].join(synthetic[targets].astype(str))
    sides = (
        (training.labels, training.eeg),
        (own, generated),
        (data.windows, data.normalised),
    )
    real, synthesised, test = (
        decoder_features(labels, _batches(eeg), data.sfreq) for labels, eeg in sides
    )
    for name in targets:
        section[name] = compare_training_sets(
            real=real,
            generated=synthesised,
            mixed=None,
            validation=None,
            test=test,
            target=name,
            bootstrap=BOOTSTRAP,
            seed=seed,
        )
    return section


def _privacy(
    data: ScoringData, training: WindowSet, unit: NDArray[np.float32], seed: int
) -> dict[str, Any]:
    """Section `privacy`, of people with training windows; `unit` (C, 1) scales all windows."""
    people = set(training.labels["subject"])
    sides = []
    for table, eeg in ((data.samples, data.generated), (data.windows, data.real)):
        rows = table["subject"].isin(people & set(data.samples["subject"])).to_numpy()
        sides.append((table[rows].reset_index(drop=True), eeg[rows] / unit))
    (generated_labels, generated), (real_labels, real) = sides
    if not len(generated):
        nothing = unknown("no person has both synthetic and training windows")
        return dict.fromkeys(("copy_ratio", "copied_share", "linkage"), nothing)
    copies = compare_distances(
        standardise(np.concatenate([generated, real])).astype(np.float32),
        pd.concat([generated_labels, real_labels], ignore_index=True),
        np.arange(len(generated) + len(real)) < len(generated),
        (batch / unit for batch in _batches(training.eeg)),
        BOOTSTRAP,
        seed,
    )
    return copies | {
        "linkage": _linkage(training, unit, sides[0], sides[1], data.sfreq, seed),
        "definitions": {
            name: text for name, text in definitions("privacy").items() if name in _PRIVACY
        },
    }


def _linkage(
    training: WindowSet,
    unit: NDArray[np.float32],
    synthetic: tuple[pd.DataFrame, NDArray[np.float32]],
    real: tuple[pd.DataFrame, NDArray[np.float32]],
    sfreq: float,
    seed: int,
) -> Score:
    """Entry `linkage`: a classifier of people, trained on training windows, on synthetic ones."""
    (generated_labels, generated), (real_labels, tested) = synthetic, real
    limited = training.take(spread(len(training), MOST_WINDOWS))
    trained = limited.labels["subject"].to_numpy(str)
    people, counts = np.unique(trained, return_counts=True)
    labelled = generated_labels["subject"].to_numpy(str)
    if min(len(people), len(np.unique(labelled))) < 2:
        return unknown("fewer than two people have windows on all three sides")
    if min(len(trained), len(labelled)) < LEAST_PER_PERSON * len(people):
        return unknown(f"fewer than {LEAST_PER_PERSON} windows per person")
    training_views, samples, test = (
        attack_views(x, sfreq) for x in (limited.eeg / unit, generated, tested)
    )
    return replace(
        linked_share(training_views, trained, samples, generated_labels, BOOTSTRAP, seed),
        chance=float((labelled == people[counts.argmax()]).mean()),
        ceiling=linked_share(training_views, trained, test, real_labels, BOOTSTRAP, seed),
        back=linked_share(samples, labelled, test, real_labels, BOOTSTRAP, seed),
        n_people=len(people),
        n_windows=len(labelled),
    )


def _divided(
    windows: WindowSet, scale: Callable[["pd.Series[str]"], NDArray[np.float32]]
) -> WindowSet:
    return replace(windows, eeg=windows.eeg / scale(windows.labels["subject"]))


def _batches(eeg: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    return (eeg[start : start + _BATCH] for start in range(0, len(eeg), _BATCH))
