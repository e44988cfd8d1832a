"""Whether a release may be shared: audit, licence, consent and guarantee in one answer.

The data card and the report show the same answer.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from videeg_pipe.contracts.constants import NOT_STATED
from videeg_pipe.contracts.scores import score_spec

QUESTION = "May I share this?"
NOT_MEASURED = "Not measured."
NO_INTERVAL = "Undecided: there is no interval."
_WEAK = 0.6
"""An attack whose interval reaches above this area under the curve is weak evidence."""
_WHITE_BOX = "denoising_loss"
"""The attack that uses the weights of the generator, which are not released."""
_REMEDY = (
    "Train for fewer epochs (train.epochs, train.min_steps), on more recordings, or with "
    "differential privacy (train.privacy), and run again."
)


@dataclass(frozen=True)
class AuditVerdict:
    """Whether the audit found copies; `good` is None where it is neither good nor bad."""

    short: str
    good: bool | None
    note: str = ""
    finding: str = ""  # where `good` is False: what speaks against sharing, and what to do


@dataclass(frozen=True)
class Sharing:
    """The answer in a few words, what it rests on, and the facts by name."""

    short: str
    good: bool | None
    text: str
    facts: list[tuple[str, str]]


def audit_verdict(privacy: Mapping[str, Any]) -> AuditVerdict:
    """Judge from the section `privacy` of metrics.json whether the released samples are copies.

    An attack that needs the generator's weights says nothing about the release: see `weights_leak`.
    """
    auc, ratio, share, control = (
        privacy.get(name) or {}
        for name in ("membership_auc", "copy_ratio", "copied_share", "positive_control_auc")
    )
    if auc.get("value") is None:
        return AuditVerdict(NOT_MEASURED, None, str(auc.get("reason", "there is no audit")))
    if control.get("low") is None or control["low"] <= 0.5:
        note = "The audit does not detect copies, so it proves nothing."
        remedy = "Release more windows (release.n_samples) and run again."
        return AuditVerdict("Unknown.", False, note, f"{note} {remedy}")
    if auc.get("low") is None:
        return AuditVerdict(NO_INTERVAL, None)
    detected, near = release_leaks(privacy), _end(ratio, "high", 1) < 1
    many = _end(share, "low", 0)
    if near and detected:
        if many > 0.5:
            return AuditVerdict("Yes.", False, "", f"The samples copy recordings. {_REMEDY}")
        return AuditVerdict(
            "In part: they are too near to the training windows.",
            False,
            "",
            f"Some samples copy recordings. {_REMEDY}",
        )
    if near:
        return AuditVerdict(
            "Too near to the training windows, but no sign of copies.",
            False,
            "Copies would make the membership attack succeed; uniform samples are as near.",
            f"The samples are too near to the training windows. {_REMEDY}",
        )
    if many > _end(share, "ideal", 0):
        finding = f"A few samples are too near to training windows. {_REMEDY}"
        return AuditVerdict("A few are too near to training windows.", False, "", finding)
    if detected:
        return AuditVerdict(
            "No, but they reveal which windows were in the training.",
            False,
            "",
            f"The samples reveal which recordings were in the training. {_REMEDY}",
        )
    alone = _release_attacks(auc)
    if auc["low"] > 0.5 and not weights_leak(privacy):
        return AuditVerdict(
            "Not shown: no better than the blind attack.",
            None,
            "The attack's interval overlaps that of the blind attack, so the release need not be "
            "the cause.",
        )
    highest = max(_end(attack, "high", 1) for attack in alone)
    if highest > _WEAK:
        return AuditVerdict(
            "No sign of it, but the evidence is weak.",
            None,
            f"The interval is wide: it includes values up to {highest:.3f}.",
        )
    return AuditVerdict("No sign of it.", True)


def release_leaks(privacy: Mapping[str, Any]) -> bool:
    """Check whether an attack on the released samples alone finds training windows.

    All attacks together count too, unless the attack with the weights explains their success.
    """
    auc = privacy["membership_auc"]
    if any(_succeeds(attack, auc) for attack in _release_attacks(auc)):
        return True
    return _succeeds(auc, auc) and weights_leak(privacy) is None


def weights_leak(privacy: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the entry of the attack with the generator's weights if it finds training windows."""
    auc = privacy.get("membership_auc") or {}
    attack = (auc.get("attacks") or {}).get(_WHITE_BOX)
    return attack if attack and _succeeds(attack, auc) else None


def _release_attacks(auc: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Attacks that use the released samples alone."""
    attacks = auc.get("attacks") or {}
    if _WHITE_BOX not in attacks:
        return [auc]
    return [attack for name, attack in attacks.items() if name != _WHITE_BOX]


def _succeeds(attack: Mapping[str, Any], auc: Mapping[str, Any]) -> bool:
    """Check whether an attack is better than chance and than the blind attack."""
    low = _end(attack, "low", 0)
    return low > 0.5 and low > _end(auc.get("floor") or {}, "high", 0)


def sharing(
    rights: Mapping[str, Any],
    privacy: Mapping[str, Any],
    *,
    simulated: bool,
    frames: bool,
    units: Collection[str] = (),
) -> Sharing:
    """Answer whether a release may be shared.

    Args:
        rights: Root attributes of the released file: `license`, `authors`, `consent`,
            `video_licence` and `subject_codes`.
        privacy: Section `privacy` of metrics.json; empty where there was no audit.
        simulated: Whether the people are simulated.
        frames: Whether the release holds frames of the videos.
        units: Values of `split.by` that hold out windows of trained people in these recordings.
    """
    licence, consent, videos = (
        str(rights[name]) for name in ("license", "consent", "video_licence")
    )
    needed = {"release.licence": licence}
    if not simulated:
        needed["release.consent"] = consent
    if frames:
        needed["release.video_licence"] = videos
    lacking = [name for name, text in needed.items() if text.startswith(NOT_STATED)]
    facts = [
        ("Licence", licence),
        ("Authors", ", ".join(map(str, rights["authors"]))),
        ("Consent", consent),
        ("Videos", f"{videos}; {'frames are' if frames else 'no frame is'} part of the release"),
        ("Subject codes", str(rights["subject_codes"])),
        ("Audit", _audited(privacy)),
        ("Model", _model(privacy, simulated=simulated)),
        ("Guarantee", str(privacy.get("guarantee", NOT_STATED))),
    ]
    verdict = audit_verdict(privacy)
    reasons = []
    if lacking:
        reasons.append(
            f"Not stated: {', '.join(lacking)}. State it there, as far as it is true, and run "
            "again."
        )
    if verdict.short in (NOT_MEASURED, NO_INTERVAL) and not simulated:
        why = verdict.note or "its result has no interval"
        reasons.append(f"The audit could not look for copies: {why}. {_audit_advice(why, units)}")
    if simulated and not lacking:
        text = "The people are simulated, so nobody's consent is needed and nobody can be found."
        return Sharing(f"Yes, under {licence}.", True, text, facts)
    if verdict.good is False and not simulated:
        return Sharing("No.", False, " ".join([verdict.finding, *reasons]), facts)
    if reasons:
        return Sharing("Not yet.", False, " ".join(reasons), facts)
    short = f"Yes, under {licence}, if the stated consent covers it; not as anonymous data."
    text = (
        "Whoever has recordings of a person may find this person's samples, and the audit proves "
        "nothing about attacks that it did not try."
    )
    return Sharing(short, None, text, facts)


def _audit_advice(why: str, units: Collection[str]) -> str:
    """Return the next step after an audit without a result."""
    if why != score_spec("privacy", "membership_auc").missing:
        return "Release more windows (release.n_samples), or hold out more clips."
    if units:
        return (
            f"Hold out {' or '.join(f'{unit}s' for unit in units)} instead of people: "
            f"split.by: {' or '.join(units)}, split.validation: [-2], split.test: [-1]."
        )
    return (
        "It needs held-out windows of people in the training. These recordings allow none: nobody "
        "has three runs or three sessions."
    )


def _model(privacy: Mapping[str, Any], *, simulated: bool) -> str:
    """Describe whether the generator's weights may be shared."""
    leak = weights_leak(privacy)
    if leak is None or simulated:
        return "not part of the release; this answer does not cover it"
    return (
        "not part of the release; do not share it (results folder, models). With its weights, an "
        "attack recognises training windows with an area under the ROC curve of "
        f"{leak['value']:.2f} [{leak['low']:.2f}, {leak['high']:.2f}] (chance 0.5). Fewer epochs "
        "(train.epochs, train.min_steps) or differential privacy (train.privacy) lower it."
    )


def _audited(privacy: Mapping[str, Any]) -> str:
    """The verdict on copies, and the share of samples that can be linked to their person."""
    text = f"Copies of recordings? {audit_verdict(privacy).short}"
    linked = privacy.get("linkage") or {}
    if linked.get("value") is None:
        return text
    text += f" {100 * linked['value']:.0f} % of the samples are linked to their person"
    chance = linked.get("chance")
    return f"{text} (chance {100 * chance:.0f} %)." if chance is not None else f"{text}."


def _end(entry: Mapping[str, Any], end: str, unknown: float) -> float:
    value = entry.get(end)
    return unknown if value is None else float(value)
