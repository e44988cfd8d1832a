"""Statistics that several sections share."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from videeg_pipe.contracts.scores import Score

_LEAST_CLIPS = 5
"""With fewer clips, the percentiles of a bootstrap are not reported."""


def standardise(windows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Flatten windows (n, C, T) to (n, C*T) with mean 0 and norm 1; constant ones become 0."""
    flat = windows.reshape(len(windows), -1).astype(np.float64)
    flat -= flat.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.divide(flat, norm, out=np.zeros_like(flat), where=norm > 1e-12)


def pearson(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return Pearson's r per pair of flattened windows, (n,); 0 where one is constant."""
    return np.einsum("nd,nd->n", standardise(a), standardise(b))


def moments(windows: pd.DataFrame) -> "pd.Series[str]":
    """Name the video and time of each window, (n,): people who saw the same moment share it.

    Args:
        windows: n rows with `video_id` and `video_time_s`.
    """
    times = windows["video_time_s"].round(3).astype(str)
    return windows["video_id"].str.cat(times, sep="@").reset_index(drop=True)


def bootstrap_units(windows: pd.DataFrame) -> "pd.Series[Any]":
    """Number the clip of each window, (n,), shared by all people who saw it.

    Clips that share a moment of a video are one unit, so pass all windows before choosing some.
    With fewer than five clips, as where all people watch one film, the units are the presentations
    of a clip to a person, if there are five: such intervals do not cover other videos.

    Args:
        windows: n rows with `clip_id`, unique per presentation, `video_id` and `video_time_s`.

    Returns:
        Numbers; the name of the series is the kind of unit, `clips` or `presentations`.
    """
    presented, names = pd.factorize(windows["clip_id"])
    moment, shown = pd.factorize(moments(windows))
    n = len(names) + len(shown)
    links = coo_array((np.ones(len(moment)), (presented, len(names) + moment)), shape=(n, n))
    n_clips, part = connected_components(links, directed=False)
    if n_clips < _LEAST_CLIPS <= len(names):
        return pd.Series(presented, name="presentations", dtype=int)
    return pd.Series(part[presented], name="clips", dtype=int)


def clip_weights(clips: "pd.Series[Any]", n_draws: int, seed: int) -> NDArray[np.float64]:
    """Draw the weights of the block bootstrap: whole clips are drawn with replacement.

    Windows of one clip are not independent: they share the stimulus, and those of one person share
    slow drifts.

    Args:
        clips: (n,) clip of each window, from `bootstrap_units`.
        n_draws: Draws B.
        seed: Seed of the draws.

    Returns:
        (B, n), rows sum to 1: `weights @ values` are B bootstrapped means.
    """
    codes, names = pd.factorize(clips)
    k = len(names)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(k, np.full(k, 1 / k), size=n_draws)  # (B, k)
    weights = drawn[:, codes].astype(np.float64)
    return weights / weights.sum(axis=1, keepdims=True)


def crossed_weights(
    runs: "pd.Series[Any]", people: "pd.Series[Any]", n_draws: int, seed: int
) -> NDArray[np.float64]:
    """Draw the weights of a bootstrap over two crossed factors, for people who saw the same runs.

    Runs and people are drawn independently, each with replacement (Owen 2007, doi
    10.1214/07-AOAS122). Fewer than five people are not drawn: the interval then holds for them.

    Args:
        runs: (n,) run of each row; people who saw the same run share its name.
        people: (n,) person of each row.
        n_draws: Draws B.
        seed: Seed of the draws.

    Returns:
        (B, n), rows sum to 1 (0 where a draw contains no row, as may happen where people saw
        different runs).
    """
    rng = np.random.default_rng(seed)
    weights = np.ones((n_draws, len(runs)))
    for place, factor in enumerate((runs, people)):
        codes, names = pd.factorize(factor)
        k = len(names)
        if place == 0 or k >= _LEAST_CLIPS:
            weights *= rng.multinomial(k, np.full(k, 1 / k), size=n_draws)[:, codes]
    total = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, total, out=weights, where=total > 0)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjust p-values of several tests so that the family-wise error holds (Holm 1979)."""
    adjusted, largest, n = {}, 0.0, len(p_values)
    for place, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, (n - place) * p))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}


def percentile_interval(draws: NDArray[np.floating], level: float = 0.95) -> tuple[float, float]:
    """Return the quantiles that enclose the share `level` of bootstrapped values."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return round(float(low), 12), round(float(high), 12)  # weights sum to 1 only approximately


def enough_clips(clips: "pd.Series[Any]") -> bool:
    """Check whether there are enough clips, or other units of a bootstrap, for an interval."""
    return clips.nunique() >= _LEAST_CLIPS


def mean_with_interval(
    values: NDArray[np.floating],
    clips: "pd.Series[Any]",
    n_draws: int,
    seed: int,
    level: float = 0.95,
) -> Score:
    """Return the mean over windows with its block-bootstrap interval over clips.

    Returns:
        `value`, `low`, `high`, `n_windows`, `n_clips` and the unit `drawn`. With fewer than five
        clips the interval is null, with a reason.
    """
    score = Score(
        float(np.mean(values)),
        n_windows=len(values),
        n_clips=int(clips.nunique()),
        drawn=str(clips.name or "clips"),
    )
    if not enough_clips(clips):
        return replace(score, low=None, high=None, reason=f"an interval needs {_LEAST_CLIPS} clips")
    low, high = percentile_interval(clip_weights(clips, n_draws, seed) @ values, level)
    return replace(score, low=low, high=high)
