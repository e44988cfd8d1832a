"""The score catalogue: one row per score, from which tables, labels and definitions derive.

A row is a `ScoreSpec` in the module of its section; a computed value is a `Score`. Nothing heavy is
imported here.
"""

from videeg_pipe.contracts.scores.catalogue import SECTIONS
from videeg_pipe.contracts.scores.lookup import (
    definitions,
    people_scores,
    phantom_scores,
    score_spec,
    section_scores,
    trial_scores,
)
from videeg_pipe.contracts.scores.spec import ScoreSpec, Sheet, Term
from videeg_pipe.contracts.scores.value import ABSENT, Score, to_json, unknown

__all__ = [
    "ABSENT",
    "SECTIONS",
    "Score",
    "ScoreSpec",
    "Sheet",
    "Term",
    "definitions",
    "people_scores",
    "phantom_scores",
    "score_spec",
    "section_scores",
    "to_json",
    "trial_scores",
    "unknown",
]
