"""What the release and the generator give away of the people they were made from.

An audit finds leaks or does not find them; it proves nothing. Each score stands beside one that
never saw the generator, and the audit has to catch a generator that copies.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.models.checkpoint import LoadedGenerator
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.privacy import copies, linkage, membership
from videeg_pipe.scoring.privacy.audited import MOST_SAMPLES, Audited, read_audited
from videeg_pipe.scoring.stats import unknown

THREAT_MODEL = (
    "The released file is public, with the subject of each sample. The attacker has real EEG of "
    "the people, and asks whether a window was trained on, or whose a window is. Attacks named "
    "nearest_ see the release alone (black box); denoising_loss sees the generator's weights too "
    "(white box), which are not part of the release."
)
LIMITS = (
    "Attacks that were not tried may find more. A score at chance is no proof of privacy.",
    "Windows of one person are judged. Whether the person was in the training at all is judged "
    "only where people were left out of it, and then on very few.",
    "Members and non-members come from different blocks, and blocks differ in content and drift: "
    "the floor is what an attack reaches that never saw the generator. What lies below it says "
    "nothing about the generator.",
    "Distances find copies and near copies. A generator may give much away without either (Ganev "
    "and De Cristofaro 2023, arXiv 2312.05114; Yao et al. 2025, arXiv 2505.01524).",
    "Copies are looked for at the same place in time and with the same sign: a copy that is "
    "shifted, reversed or mixed shows in covariances and spectra at most.",
    "The attacker of the headline knows of four fifths of the windows whether they are members, "
    "and has no second generator to compare with (shadow models): more would be found with one.",
    "Normalisation and graphs are taken from the training split of all people.",
)
_MEMBERSHIP = (
    "membership_auc",
    "membership_tpr_at_1pct_fpr",
    "membership_of_persons_auc",
    "positive_control_auc",
)
_FEW_PEOPLE = 10

DEFINITIONS = {
    "unit": "What intervals resample: subjects, and within each that was drawn their clips; with "
    "one subject, clips alone. 95 %.",
    "threat_model": "Who attacks, with what, and what they want to know.",
    "limits": "What the audit does not show.",
    "guarantee": "Epsilon and delta of a training with differential privacy, with unit and "
    "accountant, from model.json; else none is given.",
    "membership_auc": "Chance that the attack scores a window that was trained on above one of "
    "the same people's validation or test windows (area under the ROC curve; unit 1, smaller is "
    "better, ideal 0.5). A sample was released for every window of either kind. The headline is a "
    "logistic regression on the scores of all attacks, each centred a person, which knows "
    "membership of the windows of four fifths of the concepts (of the clips, with fewer than five "
    "concepts) and is tested on the rest.",
    "attacks": "Each attack alone. nearest_: log of the distance to the nearest real window of "
    "another person, minus that to the nearest released sample (after Chen et al. 2020, arXiv "
    "1909.03935), between normalised windows, log covariances or log spectra. denoising_loss: "
    "minus the log of the generator's diffusion loss, at the same noise for all windows (after "
    "Carlini et al. 2023, arXiv 2301.13188).",
    "floor": "A blind attack, the same regression on the windows' own covariances and spectra: how "
    "well blocks are told apart without release or generator (Das et al. 2024, arXiv 2406.16201). "
    "An attack that does no better says nothing about the generator.",
    "membership_tpr_at_1pct_fpr": "Share of the members that are found where at most 1 % of the "
    "non-members are taken for members (unit 1, smaller is better, ideal 0.01; Carlini et al. "
    "2022, arXiv 2112.03570). The same attacks and floor. With fewer than 100 non-members none may "
    "be mistaken.",
    "membership_of_persons_auc": "The same for people: their score is how much nearer their "
    "held-out real windows are to samples made for them than to others'. Only where "
    "train.leave_out left people out while blocks are held out: a split over people leaves those "
    "who were trained on no held-out windows.",
    "linkage": "Share of released samples of held-out windows that a classifier, which learned "
    "people from real windows of the training split, links to the person they were made for "
    "(linear discriminant analysis on 150 principal components of log covariances and spectra; "
    "unit 1). chance: the most frequent person. ceiling: the same for the real windows. back: real "
    "held-out windows, by a classifier that learned from released samples. Chance means that "
    "samples carry nothing of their person; at the ceiling whoever has real EEG of a person finds "
    "their samples, which are labelled with the person anyway.",
    "copy_ratio": "Copy detection: mean distance of released samples to the nearest training "
    "window, over that of held-out real windows of the same people (Euclidean, windows normalised "
    "to mean 0 and norm 1; unit 1). Ideal 1, towards 0 for copies. held_out: the samples made for "
    "held-out windows alone, which share no video with training windows.",
    "copied_share": "Share of released samples nearer to a training window than all but 1 % of the "
    "held-out real windows are. Unit 1, ideal 0.01, 1 for copies.",
    "positive_control_auc": "membership_auc, by the nearest_ attacks, of a made-up generator that "
    "hands out the members with noise of a tenth of their standard deviation. Ideal 1: an audit "
    "that does not catch it is worth nothing.",
}


def score(
    h5: Path, inputs: Inputs, loaded: LoadedGenerator, bootstrap: int, seed: int
) -> dict[str, Any]:
    """Audit a release and the generator that made it.

    Args:
        h5: The released file.
        inputs: Windows, normalisation, features and recordings.
        loaded: The generator.
        bootstrap: Draws of the bootstrap.
        seed: Seed of the run.

    Returns:
        The section of metrics.json.
    """
    seed = derive_seed(seed, "privacy")
    audited = read_audited(h5, inputs, loaded.layout.subjects, seed)
    section: dict[str, Any] = {
        "unit": "subject",
        "threat_model": THREAT_MODEL,
        "limits": list(LIMITS),
        "guarantee": guarantee(loaded.model.get("privacy")),
        "definitions": DEFINITIONS,
    }
    if audited is None:
        names = (*_MEMBERSHIP, "linkage", "copy_ratio", "copied_share")
        nothing = unknown("some released samples or real windows are not finite")
        return section | dict.fromkeys(names, nothing)
    section["limits"] += notes(audited)
    ratio, share = copies.score(audited, copies.training_windows(inputs, audited), bootstrap, seed)
    return section | {
        "n_subjects": len(set(audited.subjects)),
        "n_samples": len(audited.windows),
        "linkage": linkage.score(audited, bootstrap, seed),
        "copy_ratio": ratio,
        "copied_share": share,
        **judge_membership(audited, inputs, loaded, bootstrap, seed),
    }


def judge_membership(
    audited: Audited, inputs: Inputs, loaded: LoadedGenerator, bootstrap: int, seed: int
) -> dict[str, Any]:
    """The entries on membership, with the positive control."""
    rows = membership.candidates(audited, seed)
    windows = audited.windows.iloc[rows].reset_index(drop=True)
    if not len(rows):
        nothing = unknown("nobody has released windows both trained on and held out")
        found = dict.fromkeys(_MEMBERSHIP, nothing)
        return found | {"membership_of_persons_auc": membership.of_persons(audited)}
    member, subjects = ~audited.held_out[rows], audited.subjects[rows]
    real = {name: x[rows] for name, x in audited.real.items()}
    scores = membership.nearest_attacks(real, audited.samples, subjects)
    normalised = audited.eeg[rows] / inputs.normalisation().scale(windows["subject"])
    loss = membership.loss_attack(loaded, windows, normalised, inputs, seed)
    if loss is not None:
        scores["denoising_loss"] = loss
    blind = np.hstack([real["covariance"], real["spectra"]])
    area, hits = membership.audit(scores, blind, member, windows, bootstrap, seed)
    unit, sfreq = inputs.normalisation().population[:, None], loaded.layout.sfreq
    copied = membership.copier(audited, rows, unit, sfreq, seed)
    control, _ = membership.audit(
        membership.nearest_attacks(real, copied, subjects), None, member, windows, bootstrap, seed
    )
    return {
        "membership_auc": area | {"ideal": 0.5, "unit": "1"},
        "membership_tpr_at_1pct_fpr": hits | {"ideal": membership.FALSE_POSITIVES, "unit": "1"},
        "membership_of_persons_auc": membership.of_persons(audited),
        "positive_control_auc": control | {"ideal": 1, "unit": "1"},
    }


def guarantee(privacy: Mapping[str, Any] | None) -> str:
    """Say what training guarantees, from the entry `privacy` of model.json.

    Args:
        privacy: `epsilon`, `delta`, `unit`, `accountant` and `covers`; None where training was not
            private.
    """
    if privacy is None:
        return "no formal guarantee"
    return (
        f"differential privacy with epsilon {privacy['epsilon']:.3g} at delta "
        f"{privacy['delta']:.3g}, unit {privacy['unit']}, accountant {privacy['accountant']}, of "
        f"{privacy['covers']}"
    )


def notes(audited: Audited) -> list[str]:
    """What limits this audit in particular."""
    n, found = len(set(audited.subjects)), []
    if n == 1:
        found.append(
            "One person: intervals are over clips, distances have no other people to be taken "
            "over, and nobody can be told from anybody."
        )
    elif n < _FEW_PEOPLE:
        found.append(
            f"{n} people: intervals over so few are too narrow, and say nothing of others."
        )
    if len(audited.windows) == MOST_SAMPLES:
        found.append(f"{MOST_SAMPLES} released samples were audited, not all.")
    return found
