"""What the page says in words: numbers with their units, the lead, the verdict."""

import math
from collections.abc import Mapping
from typing import Any

from videeg_pipe.models.registry import GENERATORS, generator_names

SOURCES = {
    "phantom": "the phantom: simulated EEG whose answer to the video is known",
    "seed-dv": "SEED-DV",
    "bids": "a BIDS-EEG data set",
}
PROTOCOLS = {
    "generation": "from noise and the video, the window's real EEG unseen",
    "reconstruction": "with real EEG of the same recording given",
}
CLASSIFIERS = {
    "spectra_logistic": "logistic regression on spectra",
    "spectra_forest": "random forest on spectra",
    "covariance_logistic": "logistic regression on covariances",
    "covariance_forest": "random forest on covariances",
    "window_eegnet": "small EEGNet on the window",
}
FLOORS = {name: GENERATORS[name].description for name in generator_names("floor")}
"""Description of each floor. Floors are not ranked: every generator must beat them."""
TARGETS = {"concept": "Concept", "emotion": "Emotion"}
_LIMITS = (
    "That the samples teach other classifiers, or other questions, than those that were tried.",
    "That single samples are right. Averages over windows can agree where single ones do not.",
    "That a correlation is high or low in itself: single windows of EEG are mostly not about the "
    "video. Read every r against its ceiling.",
    "That another training would give the same numbers. Intervals in brackets cover the choice of "
    "clips (in the audit of people too), not of the seed; extremes over splits cover neither.",
)


def number(value: float | None) -> str:
    """A number with about three significant digits, never in powers of ten."""
    if value is None or math.isnan(value):
        return "–"
    digits = next((n for limit, n in ((1, 3), (10, 2), (100, 1)) if abs(value) < limit), 0)
    shown = f"{value:,.{digits}f}"
    return shown.lstrip("-") if float(shown.replace(",", "")) == 0 else shown.replace("-", "−")


def with_interval(entry: Mapping[str, Any] | float | None) -> str:
    """A value and its interval, if it has one."""
    if not isinstance(entry, Mapping):
        return number(entry)
    if entry.get("low") is None:
        return number(entry["value"])
    return f"{number(entry['value'])} [{number(entry['low'])}, {number(entry['high'])}]"


def with_extremes(entry: Mapping[str, Any]) -> str:
    """A mean over random splits and the extremes among them, which are no confidence interval."""
    if entry.get("low") is None:
        return number(entry["value"])
    return f"{number(entry['value'])} ({number(entry['low'])} to {number(entry['high'])})"


def told_apart(entry: Mapping[str, Any]) -> str:
    """What the classifier two-sample test is called, with the classifier that did best."""
    best = CLASSIFIERS.get(entry.get("which", ""))
    return "Told from real by a classifier" + (f" ({best})" if best else "")


def ceiling(alignment: Mapping[str, Any]) -> tuple[float | None, str]:
    """The best ceiling that is known, and what it is called."""
    if alignment["ceiling_r"]["value"] is not None:
        return alignment["ceiling_r"]["value"], "ceiling (true evoked part)"
    return alignment["ceiling_r_between_subjects"]["value"], "other people, same video"


def verdict(alignment: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the conditioning works, in a sentence and its reason."""
    mean = alignment["conditional_mean_r"]
    shuffled = alignment["shuffled_video_r"]["value"]
    against = (
        f"r = {with_interval(mean)} with its own video"
        f" against {number(shuffled)} with videos of other concepts"
    )
    if alignment["chance"]["above_chance"]:
        best, name = ceiling(alignment)
        share = (
            f", {100 * mean['value'] / best:.0f} % of the {name}, {number(best)}" if best else ""
        )
        text = f"The mean of several draws reaches {against}{share}."
        return {"good": True, "short": "Conditioning works here.", "text": text}
    chance = alignment["chance"]
    reason = chance.get("reason") or (
        f"the difference, {with_interval(chance['difference'])} at 99 %, cannot be told from zero"
    )
    text = (
        f"The mean of several draws reaches {against}: {reason}. Whatever the samples look like, "
        "they do not answer to the video."
    )
    return {"good": False, "short": "Conditioning is at chance here.", "text": text}


def limits(scores: Mapping[str, Any], *, new_people: bool) -> list[str]:
    """What the numbers do not prove; `new_people` says whether those were tried."""
    privacy = (
        "The audit tried the attacks that it names on the people it had; others may find more."
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
            "That a real brain behaves so: the source here is simulated, and its truth is of our "
            "own making."
        )
    if not scores["clip"]["trained"]:
        found.append("Anything about what the pictures mean: the CLIP was not trained.")
    return found
