"""Training, validation and test: the `split` section."""

import re
from typing import Any, Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section


class SplitOptions(Section):
    """Training, validation and test windows; whole recordings or people, never at random."""

    by: Literal["run", "session", "block", "subject"] = Field(
        "block",
        description="Hold out whole runs, sessions, blocks or subjects. In BIDS, a block is a run. "
        "Sessions without numbers in their names count from 1 in the order of their names.",
    )
    validation: list[int] | list[str] = Field(
        [6],
        description="Runs, sessions, blocks (numbers) or subjects (names) for validation; negative "
        "numbers count from the end, -1 is the last. [] for none, where there are only two: then "
        "the second of `release.fractions` is 0.",
    )
    test: list[int] | list[str] = Field(
        [7], min_length=1, description="The same for the test, written likewise."
    )

    @model_validator(mode="before")
    @classmethod
    def _numbers_are_numbers(cls, values: Any) -> Any:
        # Snakemake reads everything inside `--config 'split={test: [5]}'` as text
        if not isinstance(values, dict):
            return values
        number = r"-\d+" if values.get("by") == "subject" else r"-?\d+"
        return values | {
            name: [int(m) if re.fullmatch(number, str(m)) else m for m in values[name]]
            for name in ("validation", "test")
            if isinstance(values.get(name), list)
        }

    @model_validator(mode="after")
    def _disjoint(self) -> "SplitOptions":
        both = set(map(str, self.validation)) & set(map(str, self.test))
        if both:
            raise ValueError(
                f"split: expected disjoint validation and test, "
                f"found {', '.join(sorted(both))} in both"
            )
        return self

    @model_validator(mode="after")
    def _named_as_split(self) -> "SplitOptions":
        names = (str, "names in quotes")
        kind, words = names if self.by == "subject" else (int, f"{self.by} numbers")
        for option in ("validation", "test"):
            members = getattr(self, option)
            if not all(isinstance(m, kind) or (isinstance(m, int) and m < 0) for m in members):
                raise ValueError(
                    f"split.{option}: expected {words} with split.by {self.by}, found {members}"
                )
        return self
