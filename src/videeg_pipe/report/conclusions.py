"""The verdict on the conditioning, and the limits of all scores, in sentences."""

from collections.abc import Mapping
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
        or best <= max(alignment["shuffled_video_r"]["value"] or 0.0, 0.0)
    ):
        return ""
    return f"{100 * own / best:.0f} % of the {name}"


def waveforms_compared(alignment: Mapping[str, Any]) -> bool:
    """Return whether waveforms are scored: not where the phase of a flicker is unknown."""
    return alignment["conditional_mean_r"]["value"] is not None


def verdict(alignment: Mapping[str, Any]) -> dict[str, Any]:
    """Say whether the conditioning works: `good`, a `short` sentence and the full `text`."""
    mean, chance = alignment["conditional_mean_r"], alignment["chance"]
    if not waveforms_compared(alignment):
        return _verdict_of_power(alignment)
    shuffled = alignment["shuffled_video_r"]["value"]
    own = f"The mean of several draws reaches r = {with_interval(mean)} with its own video"
    others = f"with videos of other concepts, r = {number(shuffled)}"
    if chance.get("control") == "wrong_time_r":
        wrong = number(alignment["wrong_time_r"]["value"])
        others += f"; at other times of the same video, r = {wrong}"
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


def _because(chance: Mapping[str, Any]) -> str:
    return f": {chance['reason']}" if "reason" in chance else ": the intervals overlap"


def limits(scores: Mapping[str, Any], *, new_people: bool) -> list[str]:
    """List what the scores do not prove; `new_people` says whether new people were scored."""
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
    if scores["truth_known"]:
        found.append(
            "That a real brain behaves like this: the source is simulated, and we defined its "
            "truth."
        )
    if not scores["clip"]["trained"]:
        found.append("Anything about the meaning of pictures: the CLIP is untrained.")
    return found
