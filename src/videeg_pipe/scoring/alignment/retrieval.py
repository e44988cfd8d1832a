"""Whether a real window picks what was generated for its own video out of that for others."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.stats import mean_with_interval, standardise, unknown

DEFINITIONS = {
    "concept_retrieval": "Of k concepts, how often the one on the screen is named: one window's "
    "conditional mean for each concept, that of its own video among them, all of the same subject "
    "and place in the clip; the one with the highest r with the real window is named. Which other "
    "video stands for its concept is averaged over. Chance: mean of 1/k. Ceiling: the same with "
    "true evoked parts.",
}


def score(
    mean: NDArray[np.floating],
    real: NDArray[np.floating],
    truth: NDArray[np.floating] | None,
    windows: pd.DataFrame,
    clips: "pd.Series[Any]",
    bootstrap: int,
    seed: int,
) -> dict[str, Any]:
    """Score conditional means as what a concept is recognised by.

    Args:
        mean: (n, C, T) conditional means, normalised.
        real: (n, C, T) real windows, normalised.
        truth: (n, C, T) true evoked parts, normalised, where they are known.
        windows: n rows of the `windows` table.
        clips: (n,) what the bootstrap draws as a whole.
        bootstrap: Draws of the bootstrap over clips.
        seed: Seed of the run.

    Returns:
        The entry of metrics.json: `value`, `chance` and `ceiling`; or no value and the reason.
    """
    named, n_concepts = retrieved(mean, real, windows, seed)
    known = n_concepts > 1
    if not known.any():
        return unknown("no subject has windows of two concepts") | {"chance": None, "ceiling": None}

    def scored(values: NDArray[np.float64]) -> dict[str, Any]:
        return mean_with_interval(
            values[known], clips[known], bootstrap, derive_seed(seed, "concept_retrieval")
        )

    ceiling = unknown("the true evoked part of these recordings is not known")
    if truth is not None:
        ceiling = scored(retrieved(truth, real, windows, seed)[0])
    return scored(named) | {"chance": float((1 / n_concepts[known]).mean()), "ceiling": ceiling}


def retrieved(
    mean: NDArray[np.floating], real: NDArray[np.floating], windows: pd.DataFrame, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Probability that a window's own concept is named, over the choice of the others' windows.

    Args:
        mean: (n, C, T) what was generated.
        real: (n, C, T) what is recognised.
        windows: n rows of the `windows` table.
        seed: Seed of the run: it settles ties.

    Returns:
        The probability (n,), and among how many concepts (n,).
    """
    r = standardise(real) @ standardise(mean).T  # (n real, n generated)
    rng = np.random.default_rng(derive_seed(seed, "ties"))
    r += 1e-9 * rng.standard_normal(r.shape)  # equal means are drawn from, as chance would
    concept, subject = windows["concept_id"].to_numpy(), windows["subject"].to_numpy()
    place = places(windows)
    rivals = (subject[:, None] == subject) & (place[:, None] == place)
    beaten = r < r.diagonal()[:, None]
    named, n_concepts = np.ones(len(r)), np.ones(len(r), np.intp)
    for other in np.unique(concept):
        candidates = rivals & (concept == other) & (concept[:, None] != other)
        n = candidates.sum(1)
        share = np.divide((beaten & candidates).sum(1), n, out=np.ones(len(r)), where=n > 0)
        named *= share  # each concept's window is drawn for itself
        n_concepts += n > 0
    return named, n_concepts


def places(windows: pd.DataFrame) -> NDArray[Any]:
    """Place of each window in its clip, (n,), as its id says it."""
    return windows["window_id"].str.extract(r"-w(\d+)$", expand=False).to_numpy()
