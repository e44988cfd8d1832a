"""The five numbers of the first screen, each between what knows nothing and the best possible."""

from collections.abc import Mapping
from typing import Any

from videeg_pipe.report.words import (
    ceiling,
    number,
    told_apart,
    with_extremes,
    with_interval,
)

Row = dict[str, Any]
Mark = tuple[str, float | None]  # what it is called, and its value

_END = 1.12
"""Where the scale ends, in units of the best: a score may lie beyond it."""


def five_numbers(scores: Mapping[str, Any]) -> list[Row]:
    """Rows of the first screen.

    Args:
        scores: metrics.json.

    Returns:
        A row has `name`, `what` it measures, its `value` and what it `says` in words, or the
        `reason` why there is none. Where both ends are known it has a bar: `start` and `width`,
        the interval's `low` and `high`, and the `nothing` and `best` that it lies between, all
        places in per cent of the scale. So a longer bar is better whatever the score.
    """
    return [_answer(scores), _told_apart(scores), _covariance(scores), _taught(scores),
            _members(scores)]  # fmt: skip


def _answer(scores: Mapping[str, Any]) -> Row:
    alignment = scores["alignment"]
    entry, (best, name) = alignment["conditional_mean_r"], ceiling(alignment)
    if not alignment["chance"]["above_chance"]:
        says = "at chance: it cannot be told from the answer to other videos"
    elif best is not None and best > 0:
        says = f"{100 * entry['value'] / best:.0f} % of the {name}"
    else:
        says = "above chance; no ceiling is known"
    shuffled = alignment["shuffled_video_r"]["value"]
    what = "correlation of the conditional mean with the real window"
    return _row("Answers to the video", what, entry, says, ("other videos", shuffled), (name, best))


def _told_apart(scores: Mapping[str, Any]) -> Row:
    entry = scores["fidelity"]["c2st"]
    floor, says = entry.get("floor") or {}, "a coin would be right half of the time"
    if floor.get("high") is not None and entry.get("low") is not None:
        more = entry["low"] > floor["high"]
        says = (
            "more often than real windows are told from each other"
            if more
            else "no more often than real windows are told from each other"
        )
    best = ("real against real", floor.get("value")) if floor.get("value") else ("a coin", 0.5)
    what = told_apart(entry).replace("Told", "how often it is told", 1)
    return _row("Passes for real", what, entry, says, ("always told", 1.0), best)


def _covariance(scores: Mapping[str, Any]) -> Row:
    entry, spectra = (scores["fidelity"][name] for name in ("covariance_error", "psd_distance"))
    floor, says = (entry.get("floor") or {}).get("value"), "no floor is known"
    if floor:
        says = f"{number(entry['value'] / floor)} times what real halves differ by"
    if spectra["value"] is not None:
        beside = (spectra.get("floor") or {}).get("value")
        says += f"; spectra differ by {number(spectra['value'])} dB"
        says += "" if beside is None else f", real halves by {number(beside)} dB"
    what = "relative error of the covariance between electrodes; 0 is ideal"
    nothing = ("white noise", entry["white_noise"])
    row = _row("Right over the scalp", what, entry, says, nothing, ("real against real", floor))
    return row | {"value": with_extremes(entry)}


def _taught(scores: Mapping[str, Any]) -> Row:
    name, what = "Teaches a decoder", "real windows whose concept it tells after generated ones"
    concept = scores["utility"]["concept"]
    if "tstr" not in concept:
        return _row(name, what, concept, "", ("chance", None), ("learned from real", None))
    ratio = concept["ratio"]
    says = ratio.get("reason") or f"{100 * ratio['value']:.0f} % of what real windows teach"
    real = ("learned from real", concept["trtr"]["value"])
    return _row(name, what, concept["tstr"], says, ("chance", concept["chance"]), real)


def _members(scores: Mapping[str, Any]) -> Row:
    name, what = "Keeps its training to itself", "how well members of it are told (ROC area)"
    privacy = scores.get("privacy", {})
    entry = privacy.get("membership_auc")
    if entry is None:
        entry = {"value": None, "reason": "there is no privacy audit in metrics.json"}
    control = (privacy.get("positive_control_auc") or {}).get("value")
    says = ""
    if entry["value"] is not None and entry.get("low") is not None:
        says = (
            "better than by guessing"
            if entry["low"] > 0.5 and entry["low"] > ((entry.get("floor") or {}).get("high") or 0)
            else "no better than without the generator"
            if entry["low"] > 0.5
            else "the interval holds what guessing reaches"
        )
    nothing = ("copies", control) if control is not None else ("always told", 1.0)
    return _row(name, what, entry, says, nothing, ("guessing", 0.5))


def _row(
    name: str, what: str, entry: Mapping[str, Any], says: str, nothing: Mark, best: Mark
) -> Row:
    row: Row = {"name": name, "what": what, "value": with_interval(entry), "says": says}
    if entry["value"] is None:
        return row | {"reason": entry.get("reason", "not measured")}
    known = [(label, value) for label, value in (nothing, best) if value is not None]
    row["marks"] = [{"label": label, "value": number(value)} for label, value in known]
    if len(known) < 2 or nothing[1] == best[1]:
        return row
    start, end = known[0][1], known[1][1]

    def place(value: float) -> float:
        return round(100 * min(max((value - start) / (end - start) / _END, 0.0), 1.0), 2)

    row |= {"width": place(entry["value"]), "best": place(end)}
    if entry.get("low") is not None:
        row["low"], row["high"] = sorted((place(entry["low"]), place(entry["high"])))
    return row
