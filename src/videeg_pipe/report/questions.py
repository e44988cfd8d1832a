"""What a reviewer asks, answered by the numbers and their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from videeg_pipe.report.people import People
from videeg_pipe.report.words import number, verdict, with_interval

NOT_MEASURED = "Not measured."
_WEAK = 0.6
"""An audit that cannot rule out an area under the curve above this has shown little."""
_NEARLY = 0.9
"""Share of what can be reached from which on it counts as nearly reached."""


@dataclass(frozen=True)
class Answer:
    """An answer in short and in full; `good` is None where it is neither good nor bad."""

    question: str
    short: str
    good: bool | None
    text: str


def answers(
    scores: Mapping[str, Any],
    changed: Sequence[tuple[str, str, str]],
    people: People | None = None,
) -> list[Answer]:
    """Answer the five questions, and that about new people where it was tried.

    Args:
        scores: metrics.json; what it lacks is said not to be measured.
        changed: Options that differ from their defaults: name, value and default.
        people: Scores of people who are new to the generator.
    """
    more = [] if people is None else [new_people(people)]
    return [video(scores), person(scores), *more, copies(scores), decoder(scores),
            tuning(scores, changed)]  # fmt: skip


def video(scores: Mapping[str, Any]) -> Answer:
    """Is the video used?"""
    question, alignment = "Is the video used?", scores["alignment"]
    said = verdict(alignment)
    if not said["good"]:
        return Answer(question, "Not as far as can be told.", False, said["text"])
    short, good, more = "Yes.", True, []
    mean, blank, lag = (
        alignment[name] for name in ("conditional_mean_r", "blank_video_r", "lag_ms")
    )
    if blank.get("high") is not None and mean.get("low") is not None:
        if blank["high"] >= mean["low"]:
            short, good = "Hardly.", False
            more.append(f"With a blank video it reaches as much, r = {with_interval(blank)}.")
        else:
            more.append(f"With a blank video r = {with_interval(blank)}.")
    if lag.get("low") is not None and not lag["low"] <= 0 <= lag["high"]:
        good = False
        more.append(f"The answer comes {number(lag['value'])} ms off the brain's.")
    found = alignment.get("concept_retrieval")
    if found is not None and found["value"] is not None:
        more.append(
            "Among conditional means for every concept, the one nearest to a real window names its "
            f"concept in {with_interval(found)} of cases, a guess in {number(found.get('chance'))}."
        )
    return Answer(question, short, good, " ".join([said["text"], *more]))


def person(scores: Mapping[str, Any]) -> Answer:
    """Is the person used?"""
    question = "Is the person used?"
    entry = scores.get("privacy", {}).get("linkage")
    if entry is None or entry["value"] is None:
        return _unknown(question, entry, "no score of whether a window points to its person")
    chance, ceiling = entry.get("chance"), entry.get("ceiling")
    text = (
        f"A generated window is given to the right person in {with_interval(entry)} of cases, by "
        f"guessing in {number(chance)}"
        + (f", a real window in {with_interval(ceiling)}." if ceiling else ".")
    )
    if entry.get("low") is None or chance is None:
        return Answer(question, "There is no interval to tell by.", None, text)
    if entry["high"] < chance:
        return Answer(question, "No: they look like somebody else.", False, text)
    if entry["low"] <= chance:
        return Answer(question, "Not as far as can be told.", False, text)
    much = bool(ceiling) and entry["value"] < chance + (_value(ceiling) - chance) / 2
    text += (
        " That is what EEG for a given person should do, and why it tells of that person: who has "
        "recordings of somebody can find that the generator knew them."
    )
    return Answer(question, "In part." if much else "Yes.", not much, text)


def new_people(people: People) -> Answer:
    """Does it work for new people?"""
    question, new, trained = "Does it work for new people?", people.new, people.trained
    if not new:
        return Answer(question, NOT_MEASURED, None, "The table has no new people.")
    score = people.answer
    name = "share of the ceiling" if score == "of_ceiling" else "correlation"

    def said(which: str) -> str:
        parts = [f"{group.text(which)} with {_given(group.n_windows)}" for group in new]
        parts += [f"{trained.text(which)} for people it was trained with"] if trained else []
        return ", ".join(parts)

    text = (
        f"The {name} that the mean of several draws reaches is {said(score)}. The covariance error "
        f"is {said('covariance_error')}. Intervals are over {new[0].people} people."
    )
    value, ends = new[-1].scores[score]
    if ends is None:
        return Answer(question, "There is no interval to tell by.", None, text)
    if ends[0] <= 0:
        return Answer(question, "Not as far as can be told.", False, text)
    if trained is None:
        return Answer(question, "It answers to the video for them, too.", None, text)
    share = value / trained.scores[score][0]
    if share < _NEARLY:
        return Answer(question, "Worse than for those it was trained with.", False, text)
    first, first_ends = new[0].scores[score]
    if first_ends and first_ends[0] > 0 and first >= _NEARLY * trained.scores[score][0]:
        return Answer(question, "Nearly as well as for those it was trained with.", True, text)
    return Answer(question, "Nearly as well, once it is given some of their EEG.", True, text)


def _given(n_windows: int | None) -> str:
    return f"{n_windows} of their windows" if n_windows else "none of their windows"


def copies(scores: Mapping[str, Any]) -> Answer:
    """Are these copies?"""
    question, privacy = "Are these copies?", scores.get("privacy", {})
    auc, ratio, share = (
        privacy.get(name) for name in ("membership_auc", "copy_ratio", "copied_share")
    )
    if auc is None or auc["value"] is None:
        return _unknown(question, auc, "no privacy audit")
    control = privacy.get("positive_control_auc") or {}
    floor, unit = auc.get("floor"), privacy.get("unit", "window")
    text = (
        "Which windows of these people were trained on is told with an area under the ROC of "
        f"{with_interval(auc)}, the interval's unit is the {unit}; 0.5 is guessing"
        + (f", without seeing the generator {with_interval(floor)}." if floor else ".")
    )
    if ratio is not None and ratio["value"] is not None:
        text += f" Copy ratio {with_interval(ratio)}, 1 is ideal, 0 is copies."
    if share is not None and share["value"] is not None:
        text += (
            f" Nearer to a training window than all but {number(share['ideal'])} of real ones are "
            f"{with_interval(share)} of the samples."
        )
    if control.get("value") is not None:
        text += f" The same audit of a generator that does copy gives {with_interval(control)}."
    if control.get("low") is None or control["low"] <= 0.5:
        text += " The audit has not been shown to catch copies, so it proves nothing."
        return Answer(question, "Not known.", False, text)
    if auc.get("low") is None:
        return Answer(question, "There is no interval to tell by.", None, text)
    told = auc["low"] > 0.5 and auc["low"] > ((floor or {}).get("high") or 0)
    near, many = _end(ratio, "high", 1) < 1, _end(share, "low", 0)
    if near and told:
        short = "In part: they are nearer to the training than they should be."
        return Answer(question, "Yes." if many > 0.5 else short, False, text)
    if near:
        text += " Copies would tell who was trained on; samples that are all alike come as near."
        return Answer(question, "Too near to the training, but no sign of copies.", False, text)
    if many > _end(share, "ideal", 0):
        return Answer(question, "A few are too near to the training.", False, text)
    if auc["low"] > 0.5 and not told:
        text += " That is no better than without the generator: the blocks themselves differ."
        return Answer(question, "Not as far as can be told.", None, text)
    if auc["low"] > 0.5:
        return Answer(question, "No, but they give away in part what was trained on.", False, text)
    if auc["high"] > _WEAK:
        text += f" The interval is wide: up to {number(auc['high'])} cannot be ruled out."
        return Answer(question, "No sign of it, from little evidence.", None, text)
    return Answer(question, "No sign of it.", True, text)


def decoder(scores: Mapping[str, Any]) -> Answer:
    """Would a decoder trained on them work?"""
    question, concept = "Would a decoder trained on them work?", scores["utility"]["concept"]
    if "tstr" not in concept:
        return _unknown(question, concept, "no decoder of concepts")
    real, generated, both = (concept[name] for name in ("trtr", "tstr", "augmented"))
    chance, ratio = concept["chance"], concept["ratio"]
    text = (
        f"Trained on generated windows it tells the concept of {with_interval(generated)} of real "
        f"ones, trained on real windows of {with_interval(real)}, by guessing {number(chance)}. "
    )
    if None not in (both.get("low"), real.get("low")):
        if both["low"] > real["high"]:
            text += f"Both together teach more than real ones alone: {with_interval(both)}."
        elif both["high"] < real["low"]:
            text += f"Both together teach less than real ones alone: {with_interval(both)}."
        else:
            text += f"Both together teach no more than real ones alone: {with_interval(both)}."
    others = {
        name: found
        for name, found in concept.get("decoders", {}).items()
        if name != concept.get("decoder")
    }
    if others:
        shown = (
            f"{name} {number(_value(found['tstr']))} against {number(_value(found['trtr']))}"
            for name, found in others.items()
        )
        text += f" Other decoders: {', '.join(shown)}."
    if generated.get("low") is None:
        return Answer(question, "There is no interval to tell by.", None, text)
    if generated["low"] <= chance:
        return Answer(question, "No.", False, text)
    if ratio["value"] is None:
        return Answer(question, "It works; with real ones little does.", None, text)
    if ratio["value"] >= _NEARLY:
        if ratio["high"] < 1:
            return Answer(question, "Yes, nearly as well.", True, text)
        less = [d for d in others.values() if _value(d["tstr"]) < _NEARLY * _value(d["trtr"])]
        short = "Yes, as well as with real ones" + ("; other decoders less." if less else ".")
        return Answer(question, short, True, text)
    return Answer(question, "Worse than with real ones.", False, text)


def tuning(scores: Mapping[str, Any], changed: Sequence[tuple[str, str, str]]) -> Answer:
    """What was tuned on what?"""
    split, counts = scores["split"], scores["dataset"]["per_split"]
    text = (
        "Weights, amplitudes, graphs and whitening were fitted on the training split alone, and "
        "the last epoch's weights are used, none was picked. The decoder of the utility scores is "
        f"picked on real windows of the validation split. Scores are on the {split} split, "
        "which none of them saw; the privacy audit looks at those trained on too. Of the release "
        f"it is {counts[split]} of {scores['dataset']['n_samples']} samples. "
    )
    if changed:
        names = ", ".join(name for name, *_ in changed[:6])
        rest = f" and {len(changed) - 6} more" if len(changed) > 6 else ""
        text += (
            f"This run differs from the defaults in {names}{rest}: if one of them was chosen by "
            "scores such as these, they are too good. "
        )
    if scores["source"] != "phantom":
        text += "The defaults were developed on the phantom and saw nothing of these recordings."
        if changed:
            return Answer("What was tuned on what?", "Not by us on these recordings.", None, text)
        return Answer("What was tuned on what?", "Nothing on these recordings.", True, text)
    text += (
        "The defaults (sampler, steps, departure, epochs) were chosen on the phantom's validation "
        f"block, but its {split} block was scored many times while the generator was developed. So "
        "scores of the default phantom are those of a design that knows them; another seed of the "
        "phantom, or another source, is the fairer test."
    )
    return Answer("What was tuned on what?", "Weights on training data, defaults on the phantom.",
                  None, text)  # fmt: skip


def _unknown(question: str, entry: Mapping[str, Any] | None, lacking: str) -> Answer:
    reason = (entry or {}).get("reason") or f"there is {lacking} in metrics.json"
    return Answer(question, NOT_MEASURED, None, f"{reason[0].upper()}{reason[1:]}.")


def _end(entry: Mapping[str, Any] | None, end: str, unknown: float) -> float:
    found = (entry or {}).get(end)
    return unknown if found is None else float(found)


def _value(entry: Mapping[str, Any] | float) -> float:
    return float(entry["value"] if isinstance(entry, Mapping) else entry)
