"""The rows of the score catalogue, collected from one module per section.

Code reads them through `lookup`. Import closures leave out this module and the rows, which enter a
rule as `params`.
"""

from videeg_pipe.contracts.scores import (
    alignment,
    cost,
    dataset,
    decoding,
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
    "reconstruction": "How much correlation comes from the given real window?",
    "paper": "What do the paper's own measures give?",
    "cost": "What does it cost?",
    "dataset": "Is the release complete?",
    "decoding": "Do reconstructed videos show what the person saw?",
    "trials": "Only in tables of trials",
}
"""Sections of metrics.json, and the question of each. `trials` is not a section of that file."""
OTHER_TARGETS = frozenset({"decoding"})
"""Sections that the scoring of a release does not fill: a change reruns nothing of target `all`."""
SCORES: tuple[ScoreSpec, ...] = (
    *alignment.SCORES,
    *fidelity.SCORES,
    *utility.SCORES,
    *privacy.SCORES,
    *reconstruction.SCORES,
    *paper.SCORES,
    *cost.SCORES,
    *dataset.SCORES,
    *decoding.SCORES,
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
    "decoding": decoding.TERMS,
}
"""Other fields of a section whose definition metrics.json holds."""
