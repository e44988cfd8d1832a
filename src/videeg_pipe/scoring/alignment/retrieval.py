"""Concept retrieval: does a real window identify the conditional mean of its own video?"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.scores import Score, score_spec, unknown
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.stats import mean_with_interval, standardise


def score_retrieval(
    mean: NDArray[np.floating],
    real: NDArray[np.floating],
    truth: NDArray[np.floating] | None,
    windows: pd.DataFrame,
    clips: "pd.Series[Any]",
    bootstrap: int,
    seed: int,
) -> Score:
    """Score how well conditional means identify a window's concept.

    Args:
        mean: (n, C, T) conditional means, normalised.
        real: (n, C, T) real windows, normalised.
        truth: (n, C, T) true evoked parts, normalised, if known.
        windows: n rows of the `windows` table.
        clips: (n,) units of the bootstrap.
        bootstrap: Draws of the bootstrap over clips.
        seed: Seed of the run.

    Returns:
        The entry `concept_retrieval`: `value`, `chance` and `ceiling`; or no value and the reason.
    """
    identified, n_concepts = retrieved(mean, real, windows, seed)
    known = n_concepts > 1
    if not known.any():
        nothing = unknown("no subject has windows of two concepts")
        return replace(nothing, chance=None, ceiling=None)

    def score(values: NDArray[np.float64]) -> Score:
        return mean_with_interval(
            values[known], clips[known], bootstrap, derive_seed(seed, "concept_retrieval")
        )

    ceiling = unknown(score_spec("alignment", "ceiling_r").missing)
    if truth is not None:
        ceiling = score(retrieved(truth, real, windows, seed)[0])
    chance = float((1 / n_concepts[known]).mean())
    return replace(score(identified), chance=chance, ceiling=ceiling)


def retrieved(
    mean: NDArray[np.floating], real: NDArray[np.floating], windows: pd.DataFrame, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the probability that a window identifies its concept, over choices of rivals.

    Args:
        mean: (n, C, T) candidates: conditional means or true evoked parts.
        real: (n, C, T) real windows.
        windows: n rows of the `windows` table.
        seed: Seed of the run, for ties.

    Returns:
        The probability (n,), and the number of concepts to choose from (n,).
    """
    r = standardise(real) @ standardise(mean).T  # (n real, n generated)
    rng = np.random.default_rng(derive_seed(seed, "ties"))
    r += 1e-9 * rng.standard_normal(r.shape)  # ties are drawn at random
    concept, subject = windows["concept_id"].to_numpy(), windows["subject"].to_numpy()
    place = clip_places(windows)
    rivals = (subject[:, None] == subject) & (place[:, None] == place)
    beaten = r < r.diagonal()[:, None]
    identified, n_concepts = np.ones(len(r)), np.ones(len(r), np.intp)
    for other in np.unique(concept):
        candidates = rivals & (concept == other) & (concept[:, None] != other)
        n = candidates.sum(1)
        share = np.divide((beaten & candidates).sum(1), n, out=np.ones(len(r)), where=n > 0)
        identified *= share  # the rival of each concept is drawn independently
        n_concepts += n > 0
    return identified, n_concepts


def clip_places(windows: pd.DataFrame) -> NDArray[Any]:
    """Return the place of each window in its clip, (n,), from its id."""
    return windows["window_id"].str.extract(r"-w(\d+)$", expand=False).to_numpy()
