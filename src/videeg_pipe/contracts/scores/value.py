"""The type of a computed score, and its form in metrics.json."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Final


class _Marker(Enum):
    ABSENT = "absent"  # an Enum keeps its identity when pickled


ABSENT: Final[Any] = _Marker.ABSENT
"""Value of a field that metrics.json leaves out; None is written as null."""


@dataclass(frozen=True)
class Score:
    """A value with its interval, floor, ceiling and counts; unset fields are left out."""

    value: float | None
    low: float | None = ABSENT  # ends of the interval; null where there are too few clips
    high: float | None = ABSENT
    reason: str = ABSENT  # why `value`, `low` or `floor` is null
    ideal: float | None = ABSENT
    unit: str = ABSENT
    floor: "Score | None" = ABSENT  # real against real, or an attack without the generator
    training: "Score" = ABSENT  # real training windows instead of samples
    ceiling: "Score | None" = ABSENT  # the same score of a perfect generator, or of real windows
    chance: float | None = ABSENT  # of a guess
    white_noise: float | None = ABSENT  # the same score of white noise
    other_window: float | None = ABSENT  # the same score of another real window of the subject
    back: "Score" = ABSENT  # linkage in the other direction
    held_out: "Score" = ABSENT  # of samples for held-out windows only
    which: str = ABSENT  # the classifier that `value` is the accuracy of; of `skill`, the floor
    floors: "Mapping[str, Score]" = ABSENT  # the same score of answers that need no generator
    ceilings: "Mapping[str, Score]" = (
        ABSENT  # the same score of better answers, by what they rest on
    )
    skill: "Score" = ABSENT  # 0 at the best floor, 1 at the information ceiling
    over_people: "Score" = ABSENT  # mean of people's means, with a t-interval over people
    p: float = ABSENT  # of a test against the hypothesis that the score is chance
    classifiers: "Mapping[str, Score]" = ABSENT
    attacks: "Mapping[str, Score]" = ABSENT
    encoder: Mapping[str, float] = ABSENT  # accuracy of the encoder behind the score
    frequencies: "Mapping[str, Score]" = ABSENT  # of a flicker, by its fundamental in Hz
    drawn: str = ABSENT  # what the interval resamples: clips, presentations, pairs or runs
    n_windows: int = ABSENT
    n_clips: int = ABSENT
    n_presentations: int = ABSENT
    n_runs: int = ABSENT
    n_people: int = ABSENT
    n_members: int = ABSENT
    n_non_members: int = ABSENT


def unknown(reason: str) -> Score:
    """Return a score without a value, with the reason."""
    return Score(None, reason=reason)


def to_json(value: Any) -> Any:
    """Replace scores in nested dictionaries and lists by the dictionaries of metrics.json."""
    if isinstance(value, Score):
        known = {of.name: getattr(value, of.name) for of in fields(value)}
        return {name: to_json(part) for name, part in known.items() if part is not ABSENT}
    if isinstance(value, Mapping):
        return {name: to_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(part) for part in value]
    return value
