"""Training, validation and test: the `split` section."""

import re
from typing import Any, Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section


class SplitOptions(Section):
    """Training, validation and test windows; held out by block or subject, never at random."""

    by: Literal["block", "subject"] = Field(
        "block", description="Hold out whole blocks or whole subjects."
    )
    validation: list[int] | list[str] = Field(
        [6],
        min_length=1,
        description="Blocks (numbers) or subjects (names) for validation; negative numbers count "
        "from the end, -1 is the last.",
    )
    test: list[int] | list[str] = Field(
        [7], min_length=1, description="Blocks or subjects for the test, written likewise."
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
        kind, words = (int, "block numbers") if self.by == "block" else (str, "names in quotes")
        for option in ("validation", "test"):
            members = getattr(self, option)
            if not all(isinstance(m, kind) or (isinstance(m, int) and m < 0) for m in members):
                raise ValueError(
                    f"split.{option}: expected {words} with split.by {self.by}, found {members}"
                )
        return self
