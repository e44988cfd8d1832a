"""Rates of attacks, and a bootstrap whose unit is the subject."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.scoring.stats import enough_clips, percentile_interval


def nested_weights(
    windows: pd.DataFrame, strata: NDArray[Any], n_draws: int, seed: int
) -> NDArray[np.float64]:
    """Weights of a bootstrap over subjects, and over the clips of each subject that was drawn.

    Args:
        windows: n rows with `subject` and `clip_id`.
        strata: (n,) kind of each window; each kind of a subject keeps its number of clips.
        n_draws: Draws B.
        seed: Seed of the draws.

    Returns:
        (1 + B, n) how often each window counts; in the first row each counts once.
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


def entry(values: NDArray[np.float64], clips: "pd.Series[str]") -> dict[str, Any]:
    """An entry of metrics.json from what each row of `nested_weights` gave, (1 + B,)."""
    out: dict[str, Any] = {"value": float(values[0]), "low": None, "high": None}
    if not enough_clips(clips):
        return out | {"reason": "too few clips for an interval"}
    low, high = percentile_interval(values[1:][np.isfinite(values[1:])])
    return out | {"low": low, "high": high}


def mean(values: NDArray[np.floating], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted means of values (n,), one for each row of weights (B, n); nan without weight."""
    with np.errstate(invalid="ignore"):
        return weights @ values / weights.sum(1)


def auc(
    scores: NDArray[np.floating], member: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Chance that a member scores above a non-member, ties by half: the area under the ROC curve.

    Args:
        scores: (n,) of the attack.
        member: (n,).
        weights: (B, n).

    Returns:
        (B,), nan in rows that give weight to one kind alone.
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
    """Share of members found where at most `fpr` of the non-members are taken for members, (B,).

    Arguments as those of `auc`.
    """
    order = np.argsort(-scores[~member], kind="stable")
    others, wa, wb = scores[~member][order], weights[:, member], weights[:, ~member][:, order]
    with np.errstate(invalid="ignore"):
        reached = wb.cumsum(1) / wb.sum(1, keepdims=True)  # (B, others)
        limit = others[np.minimum((reached <= fpr + 1e-12).sum(1), len(others) - 1)]
        found = (wa * (scores[member] > limit[:, None])).sum(1) / wa.sum(1)
    return np.where(wb.sum(1) > 0, found, np.nan)
