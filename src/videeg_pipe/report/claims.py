"""Which claims about real EEG a run carries, for the first screen of the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from videeg_pipe.contracts.held_out import HeldOut
from videeg_pipe.contracts.scores import score_spec
from videeg_pipe.report.conclusions import few_clips, waveforms_compared
from videeg_pipe.report.formatting import number, with_interval
from videeg_pipe.report.people import People
from videeg_pipe.report.questions import new_people, video

_CONTROLS = {
    "shuffled_video_r": "with other videos",
    "wrong_time_r": "at other times of the same video",
}
_REFERENCES = {
    "training": "real training windows",
    "floor": "halves of the real test windows",
}
"""References of scores of fidelity with their labels, in order of preference.

Recordings change between training and test, and a generator knows only those of the training.
"""


@dataclass(frozen=True)
class Claim:
    """A claim, whether the recordings carry it (None: not measured), and the evidence."""

    claim: str
    carried: bool | None
    text: str

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        if self.carried is None:
            return "Not measured"
        return "Carried" if self.carried else "Not carried"


def recorded(n_people: int, dataset: str | None, *, simulated: bool) -> str:
    """Say from whose recordings the generator was trained: the badge of the page.

    Args:
        n_people: Number of people of the training.
        dataset: Name of the data set, of a source with several.
        simulated: Whether the recordings are simulated.
    """
    kind = "SIMULATED" if simulated else "REAL"
    people = "1 person" if n_people == 1 else f"{n_people} people"
    named = "" if dataset is None else f" ({dataset})"
    return f"Trained on {kind} recordings of {people}{named}"


def claims(
    scores: Mapping[str, Any], held_out: HeldOut, people: People | None = None
) -> list[Claim]:
    """List the claims about real EEG, carried or not.

    Args:
        scores: metrics.json of a run on real recordings.
        held_out: What the test split shares with the training.
        people: Scores of people outside the training, if they exist.
    """
    time = _in_time(scores)
    follows = [time] if waveforms_compared(scores["alignment"]) else [time, _power_of(scores)]
    return [*follows, _bands(scores["fidelity"]), _classifiers(scores["fidelity"]),
            _unseen(follows[-1], held_out, people)]  # fmt: skip


def caveats(scores: Mapping[str, Any]) -> list[str]:
    """Say what weakens all claims."""
    n_clips = few_clips(scores)
    if n_clips is None:
        return []
    clips = "1 test clip" if n_clips == 1 else f"{n_clips} test clips"
    return [f"Only {clips}: intervals are wide and themselves uncertain."]


def _in_time(scores: Mapping[str, Any]) -> Claim:
    claim, alignment = "Follows the video in time", scores["alignment"]
    entry, chance = alignment["conditional_mean_r"], alignment["chance"]
    if not waveforms_compared(alignment):
        return Claim(claim, None, f"Waveforms are not compared: {entry['reason']}.")
    controls = {
        label: alignment[name]["value"] for name, label in _CONTROLS.items() if name in alignment
    }
    known = [f"{label} {number(r)}" for label, r in controls.items() if r is not None]
    text = "; ".join([f"r {with_interval(entry)}", *known])
    if not chance["above_chance"]:
        why = chance.get("reason") or "the difference is not above chance"
        return Claim(claim, False, f"{text}: {why}.")
    if not video(scores).good:
        text += ". Above chance, but late or as with a blank video: see the first answer"
    return Claim(claim, bool(video(scores).good), f"{text}.")


def _power_of(scores: Mapping[str, Any]) -> Claim:
    """Where the phase of a flicker is unknown: power at its frequency."""
    claim, alignment = "Has power at the frequency of the flicker", scores["alignment"]
    snr = alignment["steady_state_snr"]
    floor, ceiling = (snr.get(name) for name in ("floor", "ceiling"))
    if snr["value"] is None or floor is None:
        why = snr.get("reason") or "all stimuli have the same frequency"
        return Claim(claim, None, f"{why[0].upper()}{why[1:]}.")
    text = (
        f"SNR {with_interval(snr)}; real windows {with_interval(ceiling)}; samples at the "
        f"frequencies of other stimuli {with_interval(floor)}"
    )
    why = alignment["chance"].get("reason")
    return Claim(claim, alignment["chance"]["above_chance"], text + (f": {why}." if why else "."))


def _bands(fidelity: Mapping[str, Any]) -> Claim:
    """Power in each band: its extremes over splits overlap the reference's."""
    claim = "Has the power of real windows in each band"
    spec = score_spec("fidelity", "band_power_ratio")
    bands = {name: fidelity.get(spec.name, {}).get(name) or {} for name in spec.parts}
    found = next(
        (key for key in _REFERENCES if all(_extremes(b.get(key)) for b in bands.values())), None
    )
    if found is None or not all(_extremes(band) for band in bands.values()):
        return Claim(claim, None, "There is no power ratio with a reference.")
    claim = f"Has the power of {_REFERENCES[found]} in each band"
    off = [name for name, band in bands.items() if not _overlap(band, band[found])]
    own, other = (
        " ".join(number(band["value"]) for band in of)
        for of in (bands.values(), [band[found] for band in bands.values()])
    )
    first, *_, last = bands
    text = f"Over that of test windows, {first} to {last}: {own}; {_REFERENCES[found]} {other}."
    return Claim(claim, not off, f"{text} Unlike them: {', '.join(off)}." if off else text)


def _classifiers(fidelity: Mapping[str, Any]) -> Claim:
    """Classifiers separate samples from test windows no better than the reference."""
    claim, entry = "No easier to detect than real windows", fidelity["c2st"]
    found = next((key for key in _REFERENCES if _extremes(entry.get(key))), None)
    if found is None or not _extremes(entry):
        return Claim(claim, None, "There is no interval, or nothing to compare with.")
    claim, reference = f"No easier to detect than {_REFERENCES[found]}", entry[found]
    text = (
        f"Accuracy of classifiers: samples {with_interval(entry)}, {_REFERENCES[found]} "
        f"{with_interval(reference)}."
    )
    return Claim(claim, entry["low"] <= reference["high"], text)


def _unseen(follows: Claim, held_out: HeldOut, people: People | None) -> Claim:
    claim = "Holds for people outside the training"
    if people is not None:
        answer = new_people(people)
        return Claim(claim, answer.good, answer.text if answer.good is None else answer.short)
    if not held_out.trained_people:
        text = "All scores of this page are for people outside the training."
        return Claim(claim, follows.carried, text)
    if held_out.n_training_people == 1:
        return Claim(claim, None, "The training has one person: nothing follows for others.")
    return Claim(claim, None, "snakemake people scores it.")


def _extremes(entry: Any) -> bool:
    return isinstance(entry, Mapping) and entry.get("low") is not None


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["low"] <= other["high"] and other["low"] <= one["high"])
