"""Section `decoding`: scores of a decoder's reconstructions between their floors and ceilings.

Once per test set: `train_picture_classifier`, `HeldOut`, `measure_floors`, and `measure` for the
pictures of each ceiling. Then `score_reconstructions` per decoder, and `compare_decoders`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.scores import ABSENT, Score, definitions
from videeg_pipe.scoring.decoding import nway
from videeg_pipe.scoring.decoding.clips import HeldOut, Pictures
from videeg_pipe.scoring.decoding.dynamics import concept_entropy, diversity
from videeg_pipe.scoring.decoding.features import thumbnails
from videeg_pipe.scoring.decoding.identify import CHANCE
from videeg_pipe.scoring.decoding.measure import Values, measure
from videeg_pipe.scoring.decoding.probe import subject_probe
from videeg_pipe.scoring.decoding.resampling import Resampling, by_level
from videeg_pipe.scoring.decoding.skill import skill

INFORMATION = "information"
"""The ceiling that `skill` refers to."""


@dataclass(frozen=True)
class DecodedText:
    """Text embeddings that were decoded from EEG."""

    embeddings: NDArray[np.floating]  # (n, D)
    captions: NDArray[np.floating]  # (K, D) mean of each concept's training captions
    """In the order of the classifier's `concepts`."""


def score_reconstructions(
    made: Pictures,
    test: HeldOut,
    *,
    floors: Mapping[str, Values],
    ceilings: Mapping[str, Values],
    text: DecodedText | None = None,
    decoded: NDArray[Any] | None = None,
    encoded: NDArray[np.floating] | None = None,
    recorded: NDArray[np.floating] | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> tuple[dict[str, Any], Values]:
    """Score a decoder's reconstructions of test clips.

    Args:
        made: Reconstructions, row by row of the test set.
        test: The test set, with the true clips.
        floors: From `measure_floors`: the same for all decoders.
        ceilings: Values of better pictures from `measure`, by ceiling: `codec`, true clips through
            the autoencoder; `generator`, pictures from the true condition; `information`, pictures
            from all that the EEG contains. Unknown ones are left out.
        text: Decoded text embeddings, if the decoder has any.
        decoded: (n,) concept that a linear decoder finds in the same EEG.
        encoded: (n, ...) output of the decoder's encoder, for the subject probe.
        recorded: (n, ...) features of the EEG that it read, for the probe's ceiling.
        bootstrap: Draws of the bootstrap, and of the permutations.
        seed: Seed of the run.

    Returns:
        The section, for `to_json`, and values per presentation, for `compare_decoders`. Scores
        without the data that they need are left out.

    Raises:
        UserError: if a test clip shows a concept that no training clip shows.
    """
    measured = measure(made, test, seed)
    table, values, levels = test.table, dict(measured.values), _joined(floors, measured.floors)
    concept = table["concept"].to_numpy()
    true, resampling = test.classifier.codes(concept), Resampling(table, bootstrap, seed)
    n = len(test.classifier.concepts)
    every = np.broadcast_to(np.arange(n)[:, None], (len(table), n, 1))
    credit = {
        f"nway_label.{part}": nway.hit_rate(measured.probability, every, ways)
        for part, ways in (("two", 2), ("all", n))
    }
    if text is not None:
        nearest = nway.nearest_caption(text.embeddings, text.captions)
        credit["concept_top1"] = np.eye(n)[nearest]
    if decoded is not None:
        credit["linear_top1"] = np.eye(n)[test.classifier.codes(decoded)]
    for name in ("concept_top1", "linear_top1"):
        if name in credit:
            values[name] = np.take_along_axis(credit[name], true[:, None], axis=1)[:, 0]
    section: dict[str, Any] = {}
    for name, of in values.items():
        score = _score(name, of, levels, ceilings, n, resampling)
        if name in credit:
            score = replace(score, p=resampling.label_p(credit[name], true))
        _put(section, name, score)
    section |= _diversities(made, test, measured.probability.argmax(1), resampling)
    if encoded is not None and table["subject"].nunique() > 1:
        section["subject_probe"] = _probe(encoded, recorded, resampling)
    section["by"] = by_level(values, table)
    section["definitions"] = definitions("decoding")
    return section, values


def _score(
    name: str,
    values: NDArray[np.float64],
    floors: Mapping[str, Values],
    ceilings: Mapping[str, Values],
    n_concepts: int,
    resampling: Resampling,
) -> Score:
    score, draws = resampling.mean(values), resampling.means(values)
    if score.value is None:
        return score
    below = {floor: resampling.means(of[name]) for floor, of in floors.items() if name in of}
    above = {level: resampling.means(of[name]) for level, of in ceilings.items() if name in of}
    score = replace(
        score,
        floors={floor: resampling.interval(of) for floor, of in below.items()} or ABSENT,
        ceilings={level: resampling.interval(of) for level, of in above.items()} or ABSENT,
    )
    chance = _chance(name, n_concepts)
    if chance is not None:
        score = replace(score, chance=chance)
        below["chance"] = np.full_like(draws, chance)
    return replace(score, skill=skill(draws, below, above.get(INFORMATION), resampling))


def _chance(name: str, n_concepts: int) -> float | None:
    """Return the value of a guess; None where it depends on the pictures."""
    score, _, part = name.partition(".")
    if score == "nway_mindvideo":
        return nway.chance(int(part.rpartition("_")[2]), nway.TRUE_CLASSES)
    if score.startswith("identify"):
        return CHANCE
    known = {"nway_label.two": 0.5, "nway_label.all": 1 / n_concepts}
    return known.get(name, 1 / n_concepts if score.endswith("top1") else None)


def _diversities(
    made: Pictures, test: HeldOut, named: NDArray[np.intp], resampling: Resampling
) -> dict[str, Score]:
    subject, n = test.table["subject"].to_numpy(), len(test.classifier.concepts)
    shown = test.classifier.codes(test.table["concept"].to_numpy())
    distances = [
        resampling.interval(diversity(of, subject, resampling.weights))
        for of in (thumbnails(made.frames), test.thumbnails)
    ]
    return {
        "diversity": replace(distances[0], ceilings={"true": distances[1]}),
        "concept_entropy": Score(
            concept_entropy(named, subject, n),
            ceilings={"true": Score(concept_entropy(shown, subject, n))},
            n_presentations=len(named),
        ),
    }


def _probe(
    encoded: NDArray[np.floating], recorded: NDArray[np.floating] | None, resampling: Resampling
) -> Score:
    table = resampling.table
    subject, run = table["subject"].to_numpy(), table["run_id"].to_numpy()
    score = resampling.mean(subject_probe(encoded, subject, run))
    score = replace(score, chance=float(table["subject"].value_counts(normalize=True).max()))
    if recorded is None:
        return score
    return replace(score, ceiling=resampling.mean(subject_probe(recorded, subject, run)))


def _joined(*levels: Mapping[str, Values]) -> dict[str, Values]:
    """Join values by level, then by score."""
    out: dict[str, Values] = {}
    for of in levels:
        for level, values in of.items():
            out[level] = out.get(level, {}) | dict(values)
    return out


def _put(section: dict[str, Any], name: str, score: Score) -> None:
    """Put a score, or a part of one, into its place."""
    of, _, part = name.partition(".")
    if part:
        section.setdefault(of, {})[part] = score
    else:
        section[of] = score
