"""Section `dataset`: the release as a data set. The paper reports these without definitions."""

from functools import partial

from videeg_pipe.contracts.scores.spec import ScoreSpec

_row = partial(ScoreSpec, section="dataset", direction="larger", ideal=1, source="ours")

SCORES = (
    _row(
        name="completeness",
        label="completeness",
        definition="Windows selected for release that the file holds with finite EEG, subject, "
        "split, video and concept / windows selected.",
    ),
    _row(
        name="balance",
        label="balance",
        definition="Mean over subjects and concepts of H / log k, H = entropy of the shares of "
        "samples over the k values: 1 if all have equally many.",
    ),
    _row(
        name="coverage",
        label="coverage",
        definition="Pairs of subject and concept with at least one sample / pairs recorded.",
    ),
    _row(
        name="quality",
        label="quality",
        definition="Samples with finite EEG, no flat electrode, and a root mean square inside the "
        "central 99 % of the real windows' / samples.",
        limits="Independent of the quality of the EEG: real windows have 0.99.",
    ),
)
