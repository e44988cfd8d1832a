"""The type of a catalogue row: everything that is known about a score before it is computed."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Direction = Literal["larger", "smaller", "ideal", "none"]
"""Which values are better; `none` for controls and facts that rank nothing."""
IntervalKind = Literal["none", "clips", "people", "splits", "runs"]
"""What `low` and `high` are: a 95 % bootstrap over clips, over people and their clips, or over runs
of clips and people, or the extremes over random splits."""
Sheet = Literal["scores", "paper", "cost", "paper_size"]
"""Where the report shows a column of a table of trials."""

COMPUTED_FIELDS = frozenset({
    "section", "name", "definition", "unit", "ideal", "interval", "parts", "parts_key", "function",
    "missing", "trial", "people",
})  # fmt: skip
"""Fields of a row that computed scores depend on: a change reruns scoring and report."""
SHOWN_FIELDS = frozenset({
    "label", "direction", "floor", "ceiling", "source", "limits", "sheet", "column", "headline",
    "ranked", "relative", "best", "phantoms",
})  # fmt: skip
"""The other fields: a change reruns the report alone."""


@dataclass(frozen=True, kw_only=True)
class ScoreSpec:
    """One score: its key in metrics.json, its words and how to read it."""

    name: str  # key in its section; in section `trials`, column value of the table
    section: str  # a key of `SECTIONS`
    label: str  # name in tables and sentences of the report, lower case
    definition: str  # plain text: metrics.json, the report and docs/evaluation.md show it
    unit: str = "1"  # "1" without unit, "count" for whole numbers
    ideal: float | str | None = None  # best value, or the name of the score that holds it
    direction: Direction = "none"
    interval: IntervalKind = "none"
    floor: str = ""  # where the floor comes from, Markdown
    ceiling: str = ""  # where the ceiling comes from, Markdown
    source: str = ""  # reference; "ours" for a definition that no paper gives
    limits: str = ""  # caution for readers of the score, sentences in Markdown
    parts: Mapping[str, str] = field(default_factory=dict)  # key of each part to its label
    parts_key: str = ""  # key of the entry that holds the parts; "": the entry is its parts
    function: str = ""  # "module:name" of what the section calls; computed elsewhere if empty
    missing: str = ""  # reason of a null value where `function` gives none
    trial: str = ""  # name in tables of trials, prefix of the names of its parts; "": not there
    sheet: Sheet | None = None  # of the report's tables of trials; None: in the file alone
    column: str = ""  # short label for a column head; `label` if empty
    headline: str = ""  # the question that it answers, on the report's first screen and rankings
    ranked: bool = False  # whether tables of trials rank generators by it
    relative: str = ""  # name in tables of trials of its ratio to the best expected value
    best: str = ""  # label of that value
    people: bool = False  # whether people.csv has it
    phantoms: bool = False  # whether the page's table over phantoms shows it

    @property
    def head(self) -> str:
        """Label of a column."""
        return self.column or self.label

    @property
    def sign(self) -> int:
        """1 where larger values are better, -1 where smaller ones are, else 0."""
        return {"larger": 1, "smaller": -1}.get(self.direction, 0)

    @property
    def facts(self) -> dict[str, Any]:
        """`ideal` and `unit` as an entry of metrics.json holds them."""
        return {"ideal": self.ideal, "unit": self.unit}

    @property
    def trials(self) -> "dict[str, ScoreSpec]":
        """The rows that it has in a table of trials: itself, then each of its parts."""
        if not self.trial:
            return {}
        named = {f"{self.trial}_{part}": self.part(part) for part in self.parts}
        return named if self.parts and not self.parts_key else {self.trial: self} | named

    def part(self, name: str) -> "ScoreSpec":
        """Return the same score of one of its parts, such as a band."""
        label = f"{self.label}, {self.parts[name]}"
        prefix = self.trial or self.name
        return replace(
            self, name=f"{prefix}_{name}", trial=f"{prefix}_{name}", label=label, parts={},
            column=f"{self.head}, {self.parts[name]}", sheet=None, headline="", ranked=False,
            relative="", best="",
        )  # fmt: skip

    def trial_entries(self, section: Mapping[str, Any]) -> dict[str, Any]:
        """Return its values in a computed section, by their names in tables of trials.

        Args:
            section: The section as metrics.json holds it. Parts that it lacks are left out.
        """
        entries = self.entries(section[self.name]).items()
        return {f"{self.trial}_{part}" if part else self.trial: entry for part, entry in entries}

    def entries(self, own: Any) -> dict[str, Any]:
        """Return the values of its entry in metrics.json by part; "" is the score itself.

        Args:
            own: The entry. Parts that it lacks are left out.
        """
        if not self.parts:
            return {"": own}
        parts = own.get(self.parts_key, {}) if self.parts_key else own
        named = {part: parts[part] for part in self.parts if part in parts}
        return {"": own} | named if self.parts_key else named

    def load(self) -> Callable[..., Any]:
        """Import the function that computes it."""
        module, _, name = self.function.partition(":")
        found: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return found


@dataclass(frozen=True)
class Term:
    """A field of a section other than a score, such as the definition of its chance level."""

    name: str
    definition: str
