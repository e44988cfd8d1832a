"""A reviewer's questions, answered from the scores and their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from videeg_pipe.contracts.scores import people_scores
from videeg_pipe.contracts.sharing import NO_INTERVAL, NOT_MEASURED, audit_verdict, weights_leak
from videeg_pipe.report.conclusions import verdict
from videeg_pipe.report.formatting import capitalised, number, with_interval
from videeg_pipe.report.people import People
from videeg_pipe.sources.registry import SOURCES

UNDECIDED = "Not shown: the interval includes chance."
_NEARLY = 0.9
"""Share of the reference from which on a score counts as nearly as good."""


@dataclass(frozen=True)
class Answer:
    """A short and a full answer; `good` is None where it is neither good nor bad."""

    question: str
    short: str
    good: bool | None
    text: str


def answers(
    scores: Mapping[str, Any],
    changed: Sequence[tuple[str, str, str]],
    people: People | None = None,
) -> list[Answer]:
    """Answer the five questions, and the one about new people if they were scored.

    Args:
        scores: metrics.json; missing scores are answered by "Not measured."
        changed: Options that differ from their defaults: name, value and default.
        people: Scores of people outside the training.
    """
    more = [] if people is None else [new_people(people)]
    return [video(scores), person(scores), *more, copies(scores), decoder(scores),
            tuning(scores, changed)]  # fmt: skip


def video(scores: Mapping[str, Any]) -> Answer:
    """Answer whether the samples follow the video."""
    question, alignment = "Do the samples follow the video?", scores["alignment"]
    conditioning = verdict(alignment)
    mean, blank, lag = (
        alignment[name] for name in ("conditional_mean_r", "blank_video_r", "lag_ms")
    )
    if not conditioning["good"]:
        text = conditioning["text"]
        if None not in (blank.get("high"), mean.get("low")) and blank["high"] < mean["low"]:
            text += (
                f" A blank video gives less, r = {with_interval(blank)}: the samples "
                "respond to a video, perhaps alike to any."
            )
        return Answer(question, UNDECIDED, False, text)
    short, good, more = "Yes.", True, []
    if blank.get("high") is not None and mean.get("low") is not None:
        if blank["high"] >= mean["low"]:
            short, good = "Hardly.", False
            more.append(f"A blank video gives as much, r = {with_interval(blank)}.")
        else:
            more.append(f"A blank video gives r = {with_interval(blank)}.")
    if lag.get("low") is not None and not lag["low"] <= 0 <= lag["high"]:
        good = False
        more.append(f"The response is shifted by {number(lag['value'])} ms from the real one.")
    retrieval = alignment.get("concept_retrieval")
    if retrieval is not None and retrieval["value"] is not None:
        more.append(
            f"Concept retrieval is {with_interval(retrieval)}; chance is "
            f"{number(retrieval.get('chance'))}."
        )
    return Answer(question, short, good, " ".join([conditioning["text"], *more]))


def person(scores: Mapping[str, Any]) -> Answer:
    """Answer whether a sample carries its person."""
    question = "Do the samples carry the person?"
    entry = scores.get("privacy", {}).get("linkage")
    if entry is None or entry["value"] is None:
        return _unknown(question, entry, "no linkage score")
    chance, ceiling = entry.get("chance"), entry.get("ceiling")
    text = (
        f"A classifier assigns {with_interval(entry)} of the generated windows to the right person"
        + (f", and {with_interval(ceiling)} of the real windows" if ceiling else "")
        + f"; chance is {number(chance)}."
    )
    if entry.get("low") is None or chance is None:
        return Answer(question, NO_INTERVAL, None, text)
    if entry["high"] < chance:
        return Answer(question, "No: they resemble another person.", False, text)
    if entry["low"] <= chance:
        return Answer(question, UNDECIDED, False, text)
    partial = bool(ceiling) and entry["value"] < chance + (_value(ceiling) - chance) / 2
    text += (
        " EEG for a given person should be linkable, and this has a cost: anyone with recordings "
        "of a person can detect that the person was in the training."
    )
    return Answer(question, "In part." if partial else "Yes.", not partial, text)


def new_people(people: People) -> Answer:
    """Answer whether the generator works for people outside the training."""
    question, new, trained = "Does it work for new people?", people.new, people.trained
    specs = people_scores()
    score = next((name for name in people.main_scores if specs[name].sign > 0), None)
    if not new or score is None:
        return Answer(question, NOT_MEASURED, None, "The table has no r of new people.")

    def listed(name: str) -> str:
        parts = [f"{group.text(name)} {_adapted(group.n_windows)}" for group in new]
        parts += [f"{trained.text(name)} for people of the training"] if trained else []
        return ", ".join(parts)

    sentences = [f"{capitalised(specs[s].label)}: {listed(s)}." for s in people.main_scores]
    text = " ".join([*sentences, f"Intervals are over {new[0].people} people."])
    value, ends = new[-1].scores[score]
    if ends is None:
        return Answer(question, NO_INTERVAL, None, text)
    if ends[0] <= 0:
        return Answer(question, UNDECIDED, False, text)
    if trained is None:
        return Answer(question, "Yes, above chance.", None, text)
    share = value / trained.scores[score][0]
    if share < _NEARLY:
        return Answer(question, "Worse than for people of the training.", False, text)
    first, first_ends = new[0].scores[score]
    if first_ends and first_ends[0] > 0 and first >= _NEARLY * trained.scores[score][0]:
        return Answer(question, "Nearly as well as for people of the training.", True, text)
    return Answer(question, "Nearly as well, after adaptation to their EEG.", True, text)


def _adapted(n_windows: int | None) -> str:
    return f"after adaptation with {n_windows} windows" if n_windows else "without adaptation"


def copies(scores: Mapping[str, Any]) -> Answer:
    """Answer whether the samples copy the training data."""
    question, privacy = "Are the samples copies?", scores.get("privacy", {})
    auc, ratio, share = (
        privacy.get(name) for name in ("membership_auc", "copy_ratio", "copied_share")
    )
    if auc is None or auc["value"] is None:
        return _unknown(question, auc, "no privacy audit")
    control = privacy.get("positive_control_auc") or {}
    floor, unit = auc.get("floor"), privacy.get("unit", "window")
    text = (
        "The membership attack finds training windows with an area under the ROC curve of "
        f"{with_interval(auc)} (unit of the interval: {unit}); chance is 0.5"
        + (f", the blind attack reaches {with_interval(floor)}." if floor else ".")
    )
    if ratio is not None and ratio["value"] is not None:
        text += f" The copy ratio is {with_interval(ratio)}; 1 is ideal, 0 means copies."
    if share is not None and share["value"] is not None:
        text += (
            f" The share of near copies is {with_interval(share)}; {number(share['ideal'])} is "
            "ideal."
        )
    if control.get("value") is not None:
        text += f" The same attack on copies reaches {with_interval(control)}."
    if leak := weights_leak(privacy):
        text += (
            " The attack with the generator's weights, which are not released, reaches "
            f"{with_interval(leak)} alone. The answer above is about the released samples."
        )
    verdict = audit_verdict(privacy)
    return Answer(question, verdict.short, verdict.good, f"{text} {verdict.note}".rstrip())


def decoder(scores: Mapping[str, Any]) -> Answer:
    """Answer whether the samples train a decoder."""
    question, concept = "Do the samples train a decoder?", scores["utility"]["concept"]
    if "tstr" not in concept:
        return _unknown(question, concept, "no concept decoder")
    real, generated, both = (concept[name] for name in ("trtr", "tstr", "augmented"))
    chance, ratio = concept["chance"], concept["ratio"]
    text = (
        f"Trained on generated windows, the decoder has an accuracy of {with_interval(generated)} "
        f"for concepts in real windows; trained on real windows, {with_interval(real)}. Chance is "
        f"{number(chance)}. "
    )
    if None not in (both.get("low"), real.get("low")):
        if both["low"] > real["high"]:
            text += f"Both together are better than real windows alone: {with_interval(both)}."
        elif both["high"] < real["low"]:
            text += f"Both together are worse than real windows alone: {with_interval(both)}."
        else:
            text += f"Both together are no better than real windows alone: {with_interval(both)}."
    others = {
        name: accuracy
        for name, accuracy in concept.get("decoders", {}).items()
        if name != concept.get("decoder")
    }
    if others:
        shown = (
            f"{name} {number(_value(accuracy['tstr']))} against {number(_value(accuracy['trtr']))}"
            for name, accuracy in others.items()
        )
        text += f" Other decoders, generated against real: {', '.join(shown)}."
    if generated.get("low") is None:
        return Answer(question, NO_INTERVAL, None, text)
    if generated["low"] <= chance:
        if real.get("low") is not None and real["low"] <= chance:
            return Answer(question, "Not shown: real windows do not train one.", None, text)
        return Answer(question, "No.", False, text)
    if ratio["value"] is None:
        return Answer(question, "It is above chance, unlike training on real windows.", None, text)
    if ratio["value"] >= _NEARLY:
        if ratio["high"] < 1:
            return Answer(question, "Yes, nearly as well as real windows.", True, text)
        less = [d for d in others.values() if _value(d["tstr"]) < _NEARLY * _value(d["trtr"])]
        short = "Yes, as well as real windows" + ("; other decoders less well." if less else ".")
        return Answer(question, short, True, text)
    return Answer(question, "Yes, but worse than real windows.", False, text)


def tuning(scores: Mapping[str, Any], changed: Sequence[tuple[str, str, str]]) -> Answer:
    """Answer which data were used for fitting and tuning."""
    question = "Which data were used for tuning?"
    split, counts = scores["split"], scores["dataset"]["per_split"]
    text = (
        "Weights, amplitudes, graphs and whitening were fitted on the training split only. The "
        "weights are those of the last epoch; none were selected. The decoder of the utility "
        "scores is selected on real windows of the validation split. All scores are on the "
        f"{split} split ({counts[split]} of {scores['dataset']['n_samples']} samples); only the "
        "privacy audit also uses training windows. "
    )
    if changed:
        names = ", ".join(name for name, *_ in changed[:6])
        rest = f" and {len(changed) - 6} more" if len(changed) > 6 else ""
        text += (
            f"This run differs from the defaults in {names}{rest}. If one of them was chosen by "
            "these scores, the scores are optimistic. "
        )
    source = SOURCES.get(scores["source"])
    if source is None or not source.simulated:
        text += "The defaults were developed on the phantom, without these recordings."
        if changed:
            return Answer(question, "The defaults: none. The changed options: unknown.", None, text)
        return Answer(question, "None of these recordings.", True, text)
    text += (
        "The defaults (sampler, steps, departure, epochs) were chosen on the validation blocks of "
        "the phantoms with the development seeds of config/phantoms.yaml, the default seed among "
        f"them. Their {split} blocks were scored many times during development. Scores of these "
        "seeds are therefore optimistic; other seeds (snakemake phantoms), or another source, are "
        "a fairer test."
    )
    short = "Training data for the weights, the phantom for the defaults."
    return Answer(question, short, None, text)


def _unknown(question: str, entry: Mapping[str, Any] | None, lacking: str) -> Answer:
    reason = (entry or {}).get("reason") or f"there is {lacking} in metrics.json"
    return Answer(question, NOT_MEASURED, None, f"{reason[0].upper()}{reason[1:]}.")


def _value(entry: Mapping[str, Any] | float) -> float:
    return float(entry["value"] if isinstance(entry, Mapping) else entry)
