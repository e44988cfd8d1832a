"""The five headline scores of the first screen, each as a bar from chance to the ceiling."""

from collections.abc import Mapping
from typing import Any

from videeg_pipe.contracts.scores import ScoreSpec, score_spec
from videeg_pipe.contracts.sharing import release_leaks, weights_leak
from videeg_pipe.report.conclusions import (
    best_ceiling,
    control,
    share_of_ceiling,
    waveforms_compared,
)
from videeg_pipe.report.formatting import number, score_text

Row = dict[str, Any]
Mark = tuple[str, float | None]  # label and value

_END = 1.12
"""End of the scale in units of the best value: a score may lie beyond it."""
_CONTROLS = {
    "shuffled_video_r": ("other videos", "with its own video than with others"),
    "wrong_time_r": ("other times", "at its own time of the video than at others"),
}
"""Label of the start of the bar, and what a mean at chance is no better at."""


def five_numbers(scores: Mapping[str, Any]) -> list[Row]:
    """Return the rows of the first screen.

    Args:
        scores: metrics.json.

    Returns:
        A row has `name`, `measure`, its `value` and its `reading`, or the `reason`
        of a missing value. If both ends are known, and the best value is better than the worst,
        it has a bar: its `width`, the interval's `low` and `high`, and the place of the `best`
        value, in per cent of the scale. A longer bar is better for every score.
    """
    return [_video(scores), _classifier(scores), _covariance(scores), _decoder(scores),
            _membership(scores)]  # fmt: skip


def _video(scores: Mapping[str, Any]) -> Row:
    alignment = scores["alignment"]
    spec = score_spec("alignment", "conditional_mean_r")
    if not waveforms_compared(alignment):
        return _power_of_flicker(alignment) | {"name": spec.headline}
    entry, (best, name) = alignment[spec.name], best_ceiling(alignment)
    label, better = _CONTROLS[control(alignment)]
    if not alignment["chance"]["above_chance"]:
        reading = alignment["chance"].get("reason") or f"at chance: no better {better}"
    else:
        unknown = "unknown" if best is None else "at chance"
        reading = share_of_ceiling(alignment) or f"above chance; the ceiling is {unknown}"
    return _row(spec, entry, reading, (label, alignment[control(alignment)]["value"]), (name, best))


def _power_of_flicker(alignment: Mapping[str, Any]) -> Row:
    """Where the phase of a flicker is unknown: power at its frequency."""
    why = alignment["conditional_mean_r"]["reason"]
    spec = score_spec("alignment", "steady_state_snr")
    entry, above = alignment[spec.name], alignment["chance"]["above_chance"]
    floor, ceiling = ((entry.get(name) or {}).get("value") for name in ("floor", "ceiling"))
    reading = "more than at other frequencies" if above else "no more than at other frequencies"
    reading = alignment["chance"].get("reason", reading)
    ends: tuple[Mark, Mark] = ("other frequencies", floor), ("real windows", ceiling)
    measure = f"{spec.label}; waveforms are not scored: {why}"
    return _row(spec, entry, reading, *ends, measure=measure)


def _classifier(scores: Mapping[str, Any]) -> Row:
    spec = score_spec("fidelity", "c2st")
    entry = scores["fidelity"][spec.name]
    floor, reading = entry.get("floor") or {}, "chance is 0.5"
    if floor.get("high") is not None and entry.get("low") is not None:
        reading = (
            "above the accuracy between real windows"
            if entry["low"] > floor["high"]
            else "no higher than between real windows"
        )
    best = ("real against real", floor.get("value")) if floor.get("value") else ("chance", 0.5)
    classifier = spec.parts.get(entry.get("which", ""))
    measure = spec.label + (f" ({classifier})" if classifier else "")
    return _row(spec, entry, reading, ("always right", 1.0), best, measure=measure)


def _covariance(scores: Mapping[str, Any]) -> Row:
    spec, spectra = (score_spec("fidelity", name) for name in ("covariance_error", "psd_distance"))
    entry, spectral_entry = (scores["fidelity"][of.name] for of in (spec, spectra))
    floor, reading = (entry.get("floor") or {}).get("value"), "the floor is unknown"
    if floor:
        reading = f"{number(entry['value'] / floor)} times the floor"
    if spectral_entry["value"] is not None:
        own_floor = (spectral_entry.get("floor") or {}).get("value")
        reading += f"; {spectra.label} {number(spectral_entry['value'])} {spectra.unit}"
        reading += "" if own_floor is None else f", floor {number(own_floor)} {spectra.unit}"
    return _row(
        spec, entry, reading, ("white noise", entry["white_noise"]), ("real against real", floor),
        measure=f"{spec.label} between electrodes; 0 is ideal",
    )  # fmt: skip


def _decoder(scores: Mapping[str, Any]) -> Row:
    spec = score_spec("utility", "tstr")
    concept, real = scores["utility"]["concept"], score_spec("utility", "trtr")
    measure = f"accuracy of concepts in real windows, decoder {spec.label}"
    if "tstr" not in concept:
        return _row(spec, concept, "", ("chance", None), (real.label, None), measure=measure)
    ratio, chance = concept["above_chance_ratio"], concept["chance"]
    above = {name: (concept[name].get("low") or 0) > chance for name in ("tstr", "trtr")}
    if concept["tstr"].get("low") is None:
        reading = ratio.get("reason", "too few clips for an interval")
    elif not above["trtr"]:
        reading = (
            "above chance, but real windows do not train this decoder" if above["tstr"]
            else "at chance: even real windows do not train this decoder"
        )  # fmt: skip
    elif not above["tstr"]:
        reading = f"at chance, unlike a decoder {real.label}"
    elif ratio["value"] is None:
        reading = ratio["reason"]
    else:
        reading = f"{100 * ratio['value']:.0f} % of the gain over chance of a decoder {real.label}"
    ends: tuple[Mark, Mark] = ("chance", chance), (real.label, concept["trtr"]["value"])
    return _row(spec, concept["tstr"], reading, *ends, measure=measure)


def _membership(scores: Mapping[str, Any]) -> Row:
    spec, privacy = score_spec("privacy", "membership_auc"), scores.get("privacy", {})
    entry = privacy.get(spec.name)
    if entry is None:
        entry = {"value": None, "reason": "metrics.json has no privacy audit"}
    control = (privacy.get("positive_control_auc") or {}).get("value")
    reading = ""
    if entry["value"] is not None and entry.get("low") is not None:
        reading = (
            "above chance and the blind attack" if release_leaks(privacy)
            else "only with the model's weights; not from the samples alone"
            if weights_leak(privacy)
            else "not shown to be better than the blind attack" if entry["low"] > 0.5
            else "the interval includes chance"
        )  # fmt: skip
    worst = ("copies", control) if control is not None else ("always right", 1.0)
    return _row(spec, entry, reading, worst, ("chance", 0.5))


def _row(
    spec: ScoreSpec,
    entry: Mapping[str, Any],
    reading: str,
    worst: Mark,
    best: Mark,
    *,
    measure: str = "",
) -> Row:
    row: Row = {
        "name": spec.headline, "measure": measure or spec.label, "value": score_text(spec, entry),
        "reading": reading,
    }  # fmt: skip
    if entry["value"] is None:
        return row | {"reason": entry.get("reason", "not measured")}
    marks = [(label, value) for label, value in (worst, best) if value is not None]
    row["marks"] = [{"label": label, "value": number(value)} for label, value in marks]
    if len(marks) < 2:
        return row
    start, end = marks[0][1], marks[1][1]
    if start == end or (end - start) * spec.sign < 0:
        return row

    def place(value: float) -> float:
        return round(100 * min(max((value - start) / (end - start) / _END, 0.0), 1.0), 2)

    row |= {"width": place(entry["value"]), "best": place(end)}
    if entry.get("low") is not None:
        row["low"], row["high"] = sorted((place(entry["low"]), place(entry["high"])))
    return row
