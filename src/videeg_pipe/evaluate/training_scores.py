"""Scores that need the windows that were learned from: EEG-FID, utility, copies and linkage."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.evaluate.read_windows import WindowSet
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.fidelity import eeg_fid as fid
from videeg_pipe.scoring.privacy import audit as privacy
from videeg_pipe.scoring.privacy.audit import copies, linkage
from videeg_pipe.scoring.privacy.audited import look_at
from videeg_pipe.scoring.scoring_data import Material
from videeg_pipe.scoring.stats import standardise, unknown
from videeg_pipe.scoring.utility import transfer as utility
from videeg_pipe.scoring.utility.decoders import describe

EVERYONE = "all"
"""Name of the one subject, where subjects are not known."""
BOOTSTRAP = 1000
MOST_WINDOWS = 1000
"""Of any side: more add minutes, and hardly a digit. Copies are looked for in all of them."""

_LEAST_S = 0.25
_BATCH = 256
_TINY = float(np.finfo(np.float32).tiny)
_UTILITY = {name: text for name, text in utility.DEFINITIONS.items() if name != "spliced"} | {
    "trtr": "Train on real, test on real: accuracy on the real windows of a decoder that learned "
    "from the training windows. 95 % interval from a bootstrap over clips.",
    "tstr": "The same of a decoder that learned from the synthetic windows. Ideal: trtr.",
    "decoder": "The first of the `decoders`: no windows are set aside to choose one by. covariance"
    + utility.DEFINITIONS["decoder"].partition("covariance")[2],
}
_PRIVACY = {
    "unit": privacy.DEFINITIONS["unit"],
    "copy_ratio": "Mean distance of synthetic windows to the nearest training window, over that of "
    "real windows of the same people (Euclidean, windows normalised to mean 0 and norm 1; unit 1). "
    "Ideal 1, towards 0 for copies. It detects copies at the same place in time and of the same "
    "sign, nothing else.",
    "copied_share": "Share of synthetic windows nearer to a training window than all but 1 % of "
    "the real windows are. Unit 1, ideal 0.01, 1 for copies.",
    "linkage": "Share of synthetic windows that a classifier, which learned people from the "
    "training windows, links to the person they are labelled with. chance: the most frequent "
    "person. ceiling: the same for the real windows. back: real windows, by a classifier that "
    "learned from synthetic ones.",
}


def score(
    material: Material, synthetic: pd.DataFrame, training: WindowSet, *, given: bool, seed: int
) -> tuple[dict[str, Any], list[str]]:
    """Score synthetic windows beside those that their generator learned from.

    Args:
        material: Real and synthetic windows; `windows` has the labels that real ones have.
        synthetic: m rows of labels of the synthetic windows.
        training: Windows that were learned from, with the channels and samples of the others.
        given: Whether the synthetic windows were made from the real ones themselves.
        seed: Seed of encoder, decoders and bootstrap.

    Returns:
        `eeg_fid` and the sections `utility` and `privacy`, and what was assumed.
    """
    absent, told = _absent(material.windows, synthetic, training.labels), []
    if absent:
        told.append(
            "labels that some scores ask for are not known: "
            + ", ".join(f"{name} of {' and '.join(of)}" for name, of in absent.items())
            + "; --labels says them, given for real, synthetic and training in this order"
        )
    material, training = _by_person(material, training)
    sd, population = _amplitudes(training)

    def scale(subjects: "pd.Series[str]") -> NDArray[np.float32]:
        """(n, C, 1); as in the pipeline's normalisation, strangers have the population's."""
        own = np.stack([sd.get(name, population) for name in subjects])
        return np.maximum(own, _TINY).astype(np.float32)[:, :, None]

    material = replace(material, scale=scale(material.windows["subject"]))
    taught = training.take(spread(len(training), fid.MOST_WINDOWS))
    found: dict[str, Any] = {
        "eeg_fid": _fid(material, _divided(taught, scale), seed),
        "privacy": _privacy(material, training, np.maximum(population, _TINY)[:, None], seed),
    }
    if given:
        reason = "the synthetic windows were given what would test the decoder"
        found["utility"] = dict.fromkeys(utility.TARGETS, unknown(reason))
        return found, told
    taught = training.take(spread(len(training), MOST_WINDOWS))
    found["utility"] = _utility(material, synthetic, _divided(taught, scale), absent, seed)
    if len(taught) != len(material.generated):
        told.append(
            f"decoders learn from {len(taught)} training and {len(material.generated)} synthetic "
            "windows: as many of either would compare better"
        )
    return found, told


def spread(n: int, most: int) -> NDArray[np.intp]:
    """Rows of at most `most` of n windows, evenly spread."""
    return np.arange(min(n, most)) * n // min(n, most)


def check(real: WindowSet, training: WindowSet, sfreq: float) -> None:
    """See to it that windows can teach, and that what was learned from is not judged by itself.

    Raises:
        UserError: for windows too short to decode, and a real window among those of the training.
    """
    n_samples = training.eeg.shape[-1]
    if n_samples < _LEAST_S * sfreq:
        raise UserError(
            training.name,
            expected=f"windows of {_LEAST_S:g} s or more, for decoders",
            found=f"{n_samples / sfreq:.3g} s",
            next_step="cut all of them longer, or leave --training out",
        )
    known = {hash(window.tobytes()) for window in training.eeg}
    n_shared = sum(hash(window.tobytes()) in known for window in real.eeg)
    if n_shared:
        raise UserError(
            training.name,
            expected="windows other than the real ones, which judge what was learned from these",
            found=f"{n_shared} of {len(real)} real windows among them",
            next_step="leave them out of one of the two",
        )


def _absent(
    real: pd.DataFrame, synthetic: pd.DataFrame, training: pd.DataFrame
) -> dict[str, list[str]]:
    """Labels that somebody lacks, and who."""
    of = {"real": real, "synthetic": synthetic, "training": training}
    asked = {name: [side for side in of if name not in of[side]] for name in utility.TARGETS}
    if "subject" not in training:
        asked["subject"] = ["training"]
    return {name: sides for name, sides in asked.items() if sides}


def _by_person(material: Material, training: WindowSet) -> tuple[Material, WindowSet]:
    """Both with one subject for all, unless both sides know theirs."""
    windows, labels = material.windows, training.labels.astype(str)
    if "subject" not in labels or (windows["subject"] == EVERYONE).all():
        windows, labels = (of.assign(subject=EVERYONE) for of in (windows, labels))
    return replace(material, windows=windows), replace(training, labels=labels)


def _amplitudes(
    training: WindowSet,
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]]:
    """Standard deviation of each channel (C,), of each person and the median over them, uV."""
    people = training.labels.groupby("subject").indices
    sd = {str(name): training.eeg[rows].std((0, 2)) for name, rows in people.items()}
    return sd, np.median(list(sd.values()), axis=0)


def _fid(material: Material, taught: WindowSet, seed: int) -> dict[str, Any]:
    """Entry `eeg_fid`; the encoder learns to name what is known of the real windows too."""
    asked = [name for name in fid.QUESTIONS if name in material.windows and name in taught.labels]
    several = [name for name in asked if len(taught.labels[name].unique()) > 1]
    return fid.compare(material, taught.eeg, taught.labels[several], seed)


def _utility(
    material: Material,
    synthetic: pd.DataFrame,
    taught: WindowSet,
    absent: Mapping[str, list[str]],
    seed: int,
) -> dict[str, Any]:
    """Section `utility`, of windows divided by their scale."""
    section: dict[str, Any] = {"definitions": _UTILITY}
    for name in set(absent) & set(utility.TARGETS):
        section[name] = unknown(f"the {name} of {' and '.join(absent[name])} windows is not known")
    targets = [name for name in utility.TARGETS if name not in section]
    if not targets:
        return section
    generated = material.generated / material.scale[material.matched]
    own = material.samples[["subject"]].join(synthetic[targets].astype(str))
    sides = ((taught.labels, taught.eeg), (own, generated), (material.windows, material.normalised))
    learned, made, test = (describe(of, _batches(eeg), material.sfreq) for of, eeg in sides)
    for name in targets:
        section[name] = utility.compare(
            real=learned,
            generated=made,
            mixed=None,
            validation=None,
            test=test,
            target=name,
            bootstrap=BOOTSTRAP,
            seed=seed,
        )
    return section


def _privacy(
    material: Material, training: WindowSet, unit: NDArray[np.float32], seed: int
) -> dict[str, Any]:
    """Section `privacy`, of people who were learned from, in one unit for all of them."""
    people = set(training.labels["subject"])
    sides = []
    for table, eeg in ((material.samples, material.generated), (material.windows, material.real)):
        of = table["subject"].isin(people & set(material.samples["subject"])).to_numpy()
        sides.append((table[of].reset_index(drop=True), eeg[of] / unit))
    (of_made, made), (of_real, real) = sides
    if not len(made):
        nothing = unknown("none of the people with synthetic windows was learned from")
        return dict.fromkeys(("copy_ratio", "copied_share", "linkage"), nothing)
    ratio, share = copies.compare(
        standardise(np.concatenate([made, real])).astype(np.float32),
        pd.concat([of_made, of_real], ignore_index=True),
        np.arange(len(made) + len(real)) < len(made),
        (batch / unit for batch in _batches(training.eeg)),
        BOOTSTRAP,
        seed,
    )
    return {
        "copy_ratio": ratio,
        "copied_share": share,
        "linkage": _linkage(training, unit, (of_made, made), (of_real, real), material.sfreq, seed),
        "definitions": _PRIVACY,
    }


def _linkage(
    training: WindowSet,
    unit: NDArray[np.float32],
    synthetic: tuple[pd.DataFrame, NDArray[np.float32]],
    real: tuple[pd.DataFrame, NDArray[np.float32]],
    sfreq: float,
    seed: int,
) -> dict[str, Any]:
    """Entry `linkage`: people known by training windows, and those by synthetic ones."""
    (of_made, made), (of_real, seen) = synthetic, real
    taught = training.take(spread(len(training), MOST_WINDOWS))
    who = taught.labels["subject"].to_numpy(str)
    people, counts = np.unique(who, return_counts=True)
    named = of_made["subject"].to_numpy(str)
    if min(len(people), len(np.unique(named))) < 2:
        return unknown("fewer than two people are known on all three sides")
    if min(len(who), len(named)) < linkage.LEAST_A_PERSON * len(people):
        return unknown(f"fewer than {linkage.LEAST_A_PERSON} windows a person")
    known, samples, tested = (look_at(x, sfreq) for x in (taught.eeg / unit, made, seen))
    return linkage.link(known, who, samples, of_made, BOOTSTRAP, seed) | {
        "chance": float((named == people[counts.argmax()]).mean()),
        "ceiling": linkage.link(known, who, tested, of_real, BOOTSTRAP, seed),
        "back": linkage.link(samples, named, tested, of_real, BOOTSTRAP, seed),
        "n_people": len(people),
        "n_windows": len(named),
    }


def _divided(
    windows: WindowSet, scale: Callable[["pd.Series[str]"], NDArray[np.float32]]
) -> WindowSet:
    return replace(windows, eeg=windows.eeg / scale(windows.labels["subject"]))


def _batches(eeg: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    return (eeg[start : start + _BATCH] for start in range(0, len(eeg), _BATCH))
