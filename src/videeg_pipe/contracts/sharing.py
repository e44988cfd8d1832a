"""Whether a release may be shared: audit, licence, consent and guarantee in one answer.

The data card and the report show the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

QUESTION = "May I share this?"
NOT_STATED = "not stated"
NOT_MEASURED = "Not measured."
NO_INTERVAL = "Undecided: there is no interval."
_WEAK = 0.6
"""An audit whose interval reaches above this area under the curve is weak evidence."""


@dataclass(frozen=True)
class AuditVerdict:
    """Whether the audit found copies; `good` is None where it is neither good nor bad."""

    short: str
    good: bool | None
    note: str = ""


@dataclass(frozen=True)
class Sharing:
    """The answer in a few words, what it rests on, and the facts by name."""

    short: str
    good: bool | None
    text: str
    facts: list[tuple[str, str]]


def audit_verdict(privacy: Mapping[str, Any]) -> AuditVerdict:
    """Judge from the section `privacy` of metrics.json whether the samples are copies."""
    auc, ratio, share, control = (
        privacy.get(name) or {}
        for name in ("membership_auc", "copy_ratio", "copied_share", "positive_control_auc")
    )
    if auc.get("value") is None:
        return AuditVerdict(NOT_MEASURED, None, str(auc.get("reason", "there is no audit")))
    if control.get("low") is None or control["low"] <= 0.5:
        note = "The audit does not detect copies, so it proves nothing."
        return AuditVerdict("Unknown.", False, note)
    if auc.get("low") is None:
        return AuditVerdict(NO_INTERVAL, None)
    detected = auc["low"] > 0.5 and auc["low"] > ((auc.get("floor") or {}).get("high") or 0)
    near, many = _end(ratio, "high", 1) < 1, _end(share, "low", 0)
    if near and detected:
        short = "In part: they are too near to the training windows."
        return AuditVerdict("Yes." if many > 0.5 else short, False)
    if near:
        return AuditVerdict(
            "Too near to the training windows, but no sign of copies.",
            False,
            "Copies would make the membership attack succeed; uniform samples are as near.",
        )
    if many > _end(share, "ideal", 0):
        return AuditVerdict("A few are too near to training windows.", False)
    if auc["low"] > 0.5 and not detected:
        return AuditVerdict(
            "Not shown: no better than the blind attack.",
            None,
            "The attack's interval overlaps that of the blind attack, so the release need not be "
            "the cause.",
        )
    if auc["low"] > 0.5:
        return AuditVerdict("No, but membership is partly detectable.", False)
    if auc["high"] > _WEAK:
        return AuditVerdict(
            "No sign of it, but the evidence is weak.",
            None,
            f"The interval is wide: it includes values up to {auc['high']:.3f}.",
        )
    return AuditVerdict("No sign of it.", True)


def sharing(
    rights: Mapping[str, Any], privacy: Mapping[str, Any], *, simulated: bool, frames: bool
) -> Sharing:
    """Answer whether a release may be shared.

    Args:
        rights: Root attributes of the released file: `license`, `authors`, `consent`,
            `video_licence` and `subject_codes`.
        privacy: Section `privacy` of metrics.json; empty where there was no audit.
        simulated: Whether the people are simulated.
        frames: Whether the release holds frames of the videos.
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
        reasons.append(
            f"The audit could not look for copies: {why}. It needs held-out windows of "
            "people in the training: hold out blocks, runs or sessions instead of people."
        )
    if simulated and not lacking:
        text = "The people are simulated, so nobody's consent is needed and nobody can be found."
        return Sharing(f"Yes, under {licence}.", True, text, facts)
    if verdict.good is False and not simulated:
        found = f"Are the samples copies? {verdict.short} {verdict.note}".strip()
        return Sharing("No.", False, " ".join([found, *reasons]), facts)
    if reasons:
        return Sharing("Not yet.", False, " ".join(reasons), facts)
    short = f"Yes, under {licence}, if the stated consent covers it; not as anonymous data."
    text = (
        "Whoever has recordings of a person may find this person's samples, and the audit proves "
        "nothing about attacks that it did not try."
    )
    return Sharing(short, None, text, facts)


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
