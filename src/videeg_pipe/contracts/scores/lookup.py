"""Lookups in the score catalogue.

Every function reads the catalogue when it is called and keeps no copy of the rows.
"""

from collections.abc import Collection
from typing import Any

from videeg_pipe.contracts.scores import catalogue
from videeg_pipe.contracts.scores.spec import ScoreSpec


def section_scores(section: str) -> dict[str, ScoreSpec]:
    """Return the scores of a section by name, in the order of tables."""
    return {spec.name: spec for spec in catalogue.SCORES if spec.section == section}


def score_spec(section: str, name: str) -> ScoreSpec:
    """Return one row; KeyError if the catalogue has none."""
    return section_scores(section)[name]


def definitions(section: str, *, without: Collection[str] = ()) -> dict[str, str]:
    """Return `definitions` of a section of metrics.json; `without` names the absent ones."""
    rows: list[Any] = [*section_scores(section).values(), *catalogue.TERMS.get(section, ())]
    return {row.name: row.definition for row in rows if row.name not in without}


def trial_scores() -> dict[str, ScoreSpec]:
    """Return the scores of a table of trials by name; parts have rows of their own."""
    return {name: row for spec in catalogue.SCORES for name, row in spec.trials.items()}


def people_scores() -> dict[str, ScoreSpec]:
    """Return the scores of people.csv by column."""
    return {name: row for name, row in trial_scores().items() if row.people}


def phantom_scores() -> dict[tuple[str, str], ScoreSpec]:
    """Return the scores of the page's table over phantoms, by section and name."""
    return {(spec.section, spec.name): spec for spec in catalogue.SCORES if spec.phantoms}
