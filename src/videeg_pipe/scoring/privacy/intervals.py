"""Success rates of attacks, and a bootstrap over subjects."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.scores import Score
from videeg_pipe.scoring.stats import enough_clips, percentile_interval


def nested_weights(
    windows: pd.DataFrame, strata: NDArray[Any], n_draws: int, seed: int
) -> NDArray[np.float64]:
    """Draw the weights of a bootstrap over subjects, then over the clips of each drawn subject.

    Args:
        windows: n rows with `subject` and `clip_id`.
        strata: (n,) stratum of each window; the number of clips per subject and stratum is kept.
        n_draws: Draws B.
        seed: Seed of the draws.

    Returns:
        (1 + B, n) multiplicity of each window; 1 throughout the first row.
    """
    rng = np.random.default_rng(seed)
    weights = np.ones((1 + n_draws, len(windows)))
    table = pd.DataFrame(
        {
            "subject": windows["subject"].to_numpy(),
            "clip": windows["clip_id"].to_numpy(),
            "stratum": strata,
        }
    )
    people = table.groupby("subject", sort=True)
    k = people.ngroups
    times = rng.multinomial(k, np.full(k, 1 / k), size=n_draws)  # (B, subjects)
    for place, (_, own) in enumerate(people):
        for _, part in own.groupby("stratum", sort=True):
            codes, clips = pd.factorize(part["clip"])
            n = len(clips)
            drawn = rng.multinomial(n * times[:, place], np.full(n, 1 / n))  # (B, clips)
            weights[1:, part.index] = drawn[:, codes]
    return weights


def bootstrap_score(values: NDArray[np.float64], clips: "pd.Series[str]") -> Score:
    """Return a score with its interval from values per row of `nested_weights`, (1 + B,)."""
    if not enough_clips(clips):
        return Score(float(values[0]), None, None, reason="too few clips for an interval")
    return Score(float(values[0]), *percentile_interval(values[1:][np.isfinite(values[1:])]))


def weighted_mean(
    values: NDArray[np.floating], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return weighted means of values (n,), one per row of weights (B, n); NaN without weight."""
    with np.errstate(invalid="ignore"):
        return weights @ values / weights.sum(1)


def auc(
    scores: NDArray[np.floating], member: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the area under the ROC curve: P(a member scores above a non-member), ties by half.

    Args:
        scores: (n,) of an attack.
        member: (n,).
        weights: (B, n).

    Returns:
        (B,), NaN in rows that weight one kind only.
    """
    a, b = scores[member], scores[~member]
    above = (a[:, None] > b) + 0.5 * (a[:, None] == b)  # (members, others)
    wa, wb = weights[:, member], weights[:, ~member]
    with np.errstate(invalid="ignore"):
        return ((wa @ above) * wb).sum(1) / (wa.sum(1) * wb.sum(1))


def tpr_at(
    fpr: float,
    scores: NDArray[np.floating],
    member: NDArray[np.bool_],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the true positive rate at a false positive rate of at most `fpr`, (B,); see `auc`."""
    order = np.argsort(-scores[~member], kind="stable")
    others, wa, wb = scores[~member][order], weights[:, member], weights[:, ~member][:, order]
    with np.errstate(invalid="ignore"):
        reached = wb.cumsum(1) / wb.sum(1, keepdims=True)  # (B, others)
        limit = others[np.minimum((reached <= fpr + 1e-12).sum(1), len(others) - 1)]
        hits = (wa * (scores[member] > limit[:, None])).sum(1) / wa.sum(1)
    return np.where(wb.sum(1) > 0, hits, np.nan)
