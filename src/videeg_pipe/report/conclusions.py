"""The verdict on the conditioning, and the limits of all scores, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from videeg_pipe.contracts.scores import score_spec
from videeg_pipe.report.formatting import number, with_interval

_LIMITS = (
    "That the samples would train other classifiers, or classifiers of other labels, as well.",
    "That single samples are right. Averages over windows can agree where single windows do not.",
    "That a correlation is high or low in itself. Most of a single window of EEG is unrelated to "
    "the video: read every r against its ceiling.",
    "That another training would give the same numbers. Intervals in brackets cover the choice of "
    "clips (in the audit also of people), not of the seed. Extremes over splits cover neither.",
)

_FEW_PEOPLE = 20
"""Fewer recorded people say little about people in general."""
_FEW_CLIPS = 5
"""With so few test clips or fewer, a bootstrap over clips understates the uncertainty."""
_MOST_ASSUMED = 5
"""The other findings are in the table of findings alone."""


def best_ceiling(alignment: Mapping[str, Any]) -> tuple[float | None, str]:
    """Return the best known ceiling of the conditional mean, and its label."""
    names = ("ceiling_r", "ceiling_r_repeats", "ceiling_r_between_subjects")
    known = [name for name in names if alignment.get(name, {}).get("value") is not None]
    name = known[0] if known else names[-1]
    return alignment[name]["value"], score_spec("alignment", name).label


def share_of_ceiling(alignment: Mapping[str, Any]) -> str:
    """Return the share of the best ceiling in words; empty where no ceiling lies above chance."""
    best, name = best_ceiling(alignment)
    own = alignment["conditional_mean_r"]["value"]
    if (
        own is None
        or best is None
        or best <= max(alignment[control(alignment)]["value"] or 0.0, 0.0)
    ):
        return ""
    return f"{100 * own / best:.0f} % of the {name}"


def control(alignment: Mapping[str, Any]) -> str:
    """Return the control that decided whether the samples follow the video.

    Videos that share a rhythm cannot decide: other times of the same video can.
    """
    return str(alignment["chance"].get("control", "shuffled_video_r"))


def few_clips(scores: Mapping[str, Any]) -> int | None:
    """Return the number of test clips if it is too small for narrow intervals, otherwise None."""
    alignment, fidelity = scores["alignment"], scores["fidelity"]
    entries = (alignment["conditional_mean_r"], alignment.get("steady_state_snr"), fidelity["c2st"])
    n = next((entry["n_clips"] for entry in entries if entry and entry.get("n_clips")), None)
    return n if n is not None and n <= _FEW_CLIPS else None


def waveforms_compared(alignment: Mapping[str, Any]) -> bool:
    """Return whether waveforms are scored: not where the phase of a flicker is unknown."""
    return alignment["conditional_mean_r"]["value"] is not None


def verdict(alignment: Mapping[str, Any]) -> dict[str, Any]:
    """Say whether the conditioning works: `good`, a `short` sentence and the full `text`."""
    mean, chance = alignment["conditional_mean_r"], alignment["chance"]
    if not waveforms_compared(alignment):
        return _verdict_of_power(alignment)
    own = f"The mean of several draws reaches r = {with_interval(mean)} with its own video"
    others = _with_controls(alignment)
    if chance["above_chance"]:
        share = share_of_ceiling(alignment)
        best, _ = best_ceiling(alignment)
        text = f"{own}{f', {share} of {number(best)}' if share else ''}; {others}."
        return {"good": True, "short": "The conditioning works.", "text": text}
    reason = chance.get("reason") or (
        f"the 99 % interval of the difference, {with_interval(chance['difference'])}, includes 0"
    )
    text = f"{own}; {others}: {reason}. It is not shown that the samples follow the video."
    return {"good": False, "short": "The conditioning is at chance.", "text": text}


def _verdict_of_power(alignment: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict where the phase of a flicker is unknown: power at its frequency decides."""
    snr, chance = alignment["steady_state_snr"], alignment["chance"]
    if snr["value"] is None or snr.get("floor") is None:
        text = f"Not measured: {snr.get('reason') or 'all stimuli have the same frequency'}."
        return {"good": False, "short": "The conditioning is not measured.", "text": text}
    text = (
        f"At the frequency of their flicker and its harmonics, samples have "
        f"{with_interval(snr)} times the power of neighbouring frequencies, real windows "
        f"{with_interval(snr['ceiling'])} times; at the frequencies of other stimuli, samples have "
        f"{with_interval(snr['floor'])} times. Waveforms are not compared: "
        f"{alignment['conditional_mean_r']['reason']}."
    )
    if chance["above_chance"]:
        return {"good": True, "short": "The conditioning works.", "text": text}
    text += f" It is not shown that the samples follow the stimulus{_because(chance)}."
    return {"good": False, "short": "The conditioning is at chance.", "text": text}


def _with_controls(alignment: Mapping[str, Any]) -> str:
    """Name r with other videos, and at other times where these decided."""
    names = {"shuffled_video_r": "with videos of other concepts"}
    if control(alignment) == "wrong_time_r":
        names["wrong_time_r"] = "at other times of the same video"
    values = {name: alignment[name]["value"] for name in names}
    known = {name: value for name, value in values.items() if value is not None}
    return "; ".join(f"{names[name]}, r = {number(value)}" for name, value in known.items())


def _because(chance: Mapping[str, Any]) -> str:
    return f": {chance['reason']}" if "reason" in chance else ": the intervals overlap"


def limits(
    scores: Mapping[str, Any],
    *,
    new_people: bool,
    n_people: int,
    simulated: bool,
    assumed: Sequence[str] = (),
) -> list[str]:
    """List what the scores do not prove.

    Args:
        scores: metrics.json.
        new_people: Whether new people were scored.
        n_people: Number of people of the training.
        simulated: Whether the recordings are simulated.
        assumed: Sentences on what the source does not state and the run assumes.
    """
    privacy = (
        "The audit ran the listed attacks on these people; other attacks may find more."
        if "privacy" in scores
        else "Privacy is not measured here."
    )
    people = "" if new_people else "new people, "
    found = [
        f"That nobody can be recognised. {privacy}",
        f"That the model would do as well for {people}new laboratories or other kinds of video "
        "than those of the test split.",
        *_LIMITS,
    ]
    if simulated:
        found.append(
            "That a real brain behaves like this: the source is simulated, and we defined its "
            "truth."
        )
    else:
        found += _limits_of_recordings(scores["alignment"], n_people, assumed)
    if (n_clips := few_clips(scores)) is not None:
        found.append(
            f"That the intervals are wide enough: the test split has {n_clips} "
            f"{'clip' if n_clips == 1 else 'clips'}, too few to estimate an interval well."
        )
    if not scores["clip"]["trained"]:
        found.append("Anything about the meaning of pictures: the CLIP is untrained.")
    return found


def _limits_of_recordings(
    alignment: Mapping[str, Any], n_people: int, assumed: Sequence[str]
) -> list[str]:
    """Limits of real recordings: few people, an unknown phase, assumptions."""
    found = []
    if n_people == 1:
        found.append("Anything about other people: the training has one person.")
    elif n_people < _FEW_PEOPLE:
        found.append(f"That it holds for people in general: the training has {n_people}.")
    if not waveforms_compared(alignment):
        reason = alignment["conditional_mean_r"]["reason"]
        found.append(f"That waveforms follow the stimulus in time: {reason}.")
    if assumed:
        more = len(assumed) - _MOST_ASSUMED
        found.append(
            "That these assumptions about the source hold. "
            + " ".join(assumed[:_MOST_ASSUMED])
            + (f" The table of findings has {more} more." if more > 0 else "")
        )
    return found
