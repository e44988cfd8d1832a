"""Privacy audit: what the release and the generator reveal about the people in the training data.

An audit finds leaks or does not find them; it proves nothing. Each score has a floor without access
to the generator, and a positive control checks that the audit catches a generator that copies.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.contracts.scores import (
    Score,
    definitions,
    score_spec,
    section_scores,
    unknown,
)
from videeg_pipe.models.checkpoint import LoadedGenerator
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.privacy import membership
from videeg_pipe.scoring.privacy.audited import MOST_SAMPLES, AuditData, read_audit_data
from videeg_pipe.scoring.privacy.copies import score_copies, training_windows
from videeg_pipe.scoring.privacy.linkage import score_linkage

THREAT_MODEL = (
    "The released file is public, with the subject of each sample. The attacker has real EEG of "
    "the people and asks whether a window was in the training, or whose window it is. Attacks "
    "named nearest_ use the release only (black box). denoising_loss also uses the generator's "
    "weights (white box), which are not released."
)
LIMITS = (
    "Attacks that were not tried may find more. A score at chance does not prove privacy.",
    "The audit tests windows of a person. Whether the person was in the training at all is tested "
    "only where people were left out of it, and then on very few.",
    "Members and non-members come from different blocks, which differ in content and drift. The "
    "floor is the success of an attack without access to the generator. A score at or below it "
    "says nothing about the generator.",
    "Distances find copies and near copies. A generator may reveal much without either (Ganev and "
    "De Cristofaro 2023, arXiv 2312.05114; Yao et al. 2025, arXiv 2505.01524).",
    "Copies are searched at the same place in time and with the same sign. A shifted, reversed or "
    "mixed copy shows in covariances and spectra at most.",
    "The attacker of membership_auc has the membership of four fifths of the windows, but no "
    "second generator to compare with (shadow models), which would find more.",
    "Normalisation and graphs use the training split of all people.",
)
_MEMBERSHIP = ("membership_auc", "membership_tpr_at_1pct_fpr", "positive_control_auc")
_FEW_PEOPLE = 10


def score_privacy(
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
        The section `privacy`.
    """
    seed = derive_seed(seed, "privacy")
    audited = read_audit_data(h5, inputs, loaded.layout.subjects, seed)
    section: dict[str, Any] = {
        "unit": "subject",
        "threat_model": THREAT_MODEL,
        "limits": list(LIMITS),
        "guarantee": guarantee(loaded.model.get("privacy")),
        "definitions": definitions("privacy"),
    }
    if audited is None:
        nothing = unknown("some released samples or real windows are not finite")
        return section | dict.fromkeys(section_scores("privacy"), nothing)
    section["limits"] += limits_here(audited)
    return section | {
        "n_subjects": len(set(audited.subjects)),
        "n_samples": len(audited.windows),
        "linkage": score_linkage(audited, bootstrap, seed),
        **score_copies(audited, training_windows(inputs, audited), bootstrap, seed),
        **score_membership(audited, inputs, loaded, bootstrap, seed),
    }


def score_membership(
    audited: AuditData, inputs: Inputs, loaded: LoadedGenerator, bootstrap: int, seed: int
) -> dict[str, Score]:
    """Score membership, with the positive control."""
    rows = membership.candidates(audited, seed)
    windows = audited.windows.iloc[rows].reset_index(drop=True)
    persons = {"membership_of_persons_auc": membership.score_persons(audited)}
    if not len(rows):
        nothing = unknown(score_spec("privacy", "membership_auc").missing)
        return dict.fromkeys(_MEMBERSHIP, nothing) | persons
    member, subjects = ~audited.held_out[rows], audited.subjects[rows]
    real = {name: x[rows] for name, x in audited.real.items()}
    scores = membership.nearest_attacks(real, audited.samples, subjects)
    normalised = audited.eeg[rows] / inputs.normalisation().scale(windows["subject"])
    loss = membership.loss_attack(loaded, windows, normalised, inputs, seed)
    if loss is not None:
        scores["denoising_loss"] = loss
    blind = np.hstack([real["covariance"], real["spectra"]])
    area, hits = membership.score_attacks(scores, blind, member, windows, bootstrap, seed)
    unit, sfreq = inputs.normalisation().population[:, None], loaded.layout.sfreq
    copied = membership.copying_generator(audited, rows, unit, sfreq, seed)
    control, _ = membership.score_attacks(
        membership.nearest_attacks(real, copied, subjects), None, member, windows, bootstrap, seed
    )
    entries = dict(zip(_MEMBERSHIP, (area, hits, control), strict=True))
    return persons | {
        name: replace(entry, **score_spec("privacy", name).facts) for name, entry in entries.items()
    }


def guarantee(privacy: Mapping[str, Any] | None) -> str:
    """Describe the formal guarantee of the training, from the entry `privacy` of model.json.

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


def limits_here(audited: AuditData) -> list[str]:
    """List limits that apply to this audit in particular."""
    n, limits = len(set(audited.subjects)), []
    if n == 1:
        limits.append(
            "One person: intervals are over clips, distances are not calibrated by other people, "
            "and linkage is not defined."
        )
    elif n < _FEW_PEOPLE:
        limits.append(f"{n} people: intervals over so few are too narrow and do not generalise.")
    if len(audited.windows) == MOST_SAMPLES:
        limits.append(f"Only {MOST_SAMPLES} released samples were audited.")
    return limits
