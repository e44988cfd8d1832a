"""The person who watches, in one sentence for the text encoder."""

import re
from dataclasses import dataclass

_ADULT = {"F": "woman", "M": "man"}
_CHILD = {"F": "girl", "M": "boy"}
_ADULT_YEARS = 18
_HANDED = {"R": "right-handed", "L": "left-handed", "A": "ambidextrous"}


@dataclass(frozen=True)
class Person:
    """Facts about a person; all are optional."""

    name: str | None = None  # as in the column `subject`
    age: float | None = None  # years
    sex: str | None = None  # F, M or O
    handedness: str | None = None  # R, L or A

    @property
    def sentence(self) -> str:
        """Describe the person in one sentence.

        >>> Person("sub-001", 49, "F", "R").sentence
        'EEG of a 49-year-old right-handed woman watching a video.'
        >>> Person("sub-002", 11, "F").sentence
        'EEG of an 11-year-old girl watching a video.'
        >>> Person("sub12").sentence
        'EEG of subject 12 watching a video.'
        >>> Person().sentence
        'EEG of a person watching a video.'
        """
        words = [f"{self.age:g}-year-old"] if self.age is not None else []
        words += [_HANDED[self.handedness]] if self.handedness else []
        if not words and self.sex not in _ADULT and self.name is not None:
            number = self.name.removeprefix("sub").removeprefix("-")
            return f"EEG of subject {number} watching a video."
        if self.age is not None and self.age < _ADULT_YEARS:
            words.append(_CHILD.get(self.sex or "", "child"))
        else:
            words.append(_ADULT.get(self.sex or "", "person"))
        article = "an" if re.match(r"8|1[18][-.]|a", words[0]) else "a"
        return f"EEG of {article} {' '.join(words)} watching a video."
