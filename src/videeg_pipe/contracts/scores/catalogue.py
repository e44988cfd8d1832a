"""Lookups in the catalogue. The rows stand in one module per section, beside this one.

Every function reads the catalogue when it is called: nothing keeps a copy of the rows.
"""

from collections.abc import Collection
from typing import Any

from videeg_pipe.contracts.scores import (
    alignment,
    cost,
    dataset,
    fidelity,
    paper,
    privacy,
    reconstruction,
    trials,
    utility,
)
from videeg_pipe.contracts.scores.spec import ScoreSpec, Term

SECTIONS = {
    "alignment": "Does it follow the video?",
    "fidelity": "Does it look like EEG?",
    "utility": "Would a decoder trained on it work?",
    "privacy": "Can people be found in it?",
    "reconstruction": "The other protocol",
    "paper": "The measures of the paper",
    "cost": "What does it cost?",
    "dataset": "Is the release complete?",
    "trials": "Only in tables of trials",
}
"""Sections of metrics.json, and the question of each. `trials` is no section of that file."""
SCORES: tuple[ScoreSpec, ...] = (
    *alignment.SCORES,
    *fidelity.SCORES,
    *utility.SCORES,
    *privacy.SCORES,
    *reconstruction.SCORES,
    *paper.SCORES,
    *cost.SCORES,
    *dataset.SCORES,
    *trials.SCORES,
)
"""Every score, in the order of tables."""
TERMS: dict[str, tuple[Term, ...]] = {
    "alignment": alignment.TERMS,
    "fidelity": fidelity.TERMS,
    "utility": utility.TERMS,
    "privacy": privacy.TERMS,
    "reconstruction": reconstruction.TERMS,
    "paper": paper.TERMS,
}
"""Other fields of a section whose definition metrics.json holds."""


def section_scores(section: str) -> dict[str, ScoreSpec]:
    """The scores of a section by name, in the order of tables."""
    return {spec.name: spec for spec in SCORES if spec.section == section}


def score_spec(section: str, name: str) -> ScoreSpec:
    """One row; KeyError if the catalogue has none."""
    return section_scores(section)[name]


def definitions(section: str, *, without: Collection[str] = ()) -> dict[str, str]:
    """The texts of `definitions` in a section of metrics.json; `without` names the absent ones."""
    rows: list[Any] = [*section_scores(section).values(), *TERMS.get(section, ())]
    return {row.name: row.definition for row in rows if row.name not in without}


def trial_scores() -> dict[str, ScoreSpec]:
    """Every score of a table of trials by its name there; parts have rows of their own."""
    return {name: row for spec in SCORES for name, row in spec.trials.items()}


def people_scores() -> dict[str, ScoreSpec]:
    """The scores of people.csv by column."""
    return {name: row for name, row in trial_scores().items() if row.people}
