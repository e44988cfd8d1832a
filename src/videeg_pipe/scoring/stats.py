"""Small statistics that several sections share."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

_LEAST_CLIPS = 5
"""With fewer clips the percentiles of a bootstrap say too little to be shown."""


def standardise(windows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Flatten windows (n, C, T) to (n, C*T) with mean 0 and norm 1; constant ones become 0."""
    flat = windows.reshape(len(windows), -1).astype(np.float64)
    flat -= flat.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.divide(flat, norm, out=np.zeros_like(flat), where=norm > 1e-12)


def pearson(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Pearson correlation of each pair of flattened windows, (n,); 0 where one is constant."""
    return np.einsum("nd,nd->n", standardise(a), standardise(b))


def moments(windows: pd.DataFrame) -> "pd.Series[str]":
    """Which moment of which video each window shows, (n,): people may share it.

    Args:
        windows: n rows with `video_id` and `video_time_s`.
    """
    times = windows["video_time_s"].round(3).astype(str)
    return windows["video_id"].str.cat(times, sep="@").reset_index(drop=True)


def blocks(windows: pd.DataFrame) -> "pd.Series[Any]":
    """What intervals draw as a whole, (n,): the clip that was shown, whoever saw it.

    Clips with a moment of a video in common are one: ask of all windows before choosing some. Where
    fewer than five were shown, as where all watch one film, it is each presentation of a clip to a
    person, if there are five of these: such intervals say nothing of other videos.

    Args:
        windows: n rows with `clip_id`, a name for each presentation, `video_id` and `video_time_s`.

    Returns:
        Numbers; the name of the series, `clips` or `presentations`, says of what.
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
    """Weights of the block bootstrap: whole clips are drawn with replacement.

    Windows of one clip share one stimulus, whoever saw it, and one person's share slow drifts too:
    they are no independent draws.

    Args:
        clips: (n,) clip of each window, as `blocks` numbers them.
        n_draws: Draws B.
        seed: Seed of the draws.

    Returns:
        (B, n), each row adds up to 1: `weights @ values` are B bootstrapped means.
    """
    codes, names = pd.factorize(clips)
    k = len(names)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(k, np.full(k, 1 / k), size=n_draws)  # (B, k)
    weights = drawn[:, codes].astype(np.float64)
    return weights / weights.sum(axis=1, keepdims=True)


def percentile_interval(draws: NDArray[np.floating], level: float = 0.95) -> tuple[float, float]:
    """The quantiles of bootstrapped values that hold the share `level` between them."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return round(float(low), 12), round(float(high), 12)  # weights add up to 1 only nearly


def enough_clips(clips: "pd.Series[Any]") -> bool:
    """Whether there are clips enough for an interval."""
    return clips.nunique() >= _LEAST_CLIPS


def mean_with_interval(
    values: NDArray[np.floating],
    clips: "pd.Series[Any]",
    n_draws: int,
    seed: int,
    level: float = 0.95,
) -> dict[str, Any]:
    """Mean over windows and its block-bootstrap interval over clips.

    Returns:
        `value`, `low`, `high`, `n_windows`, `n_clips`, and what is `drawn`; the interval is
        null, with a reason, where there are fewer than five clips.
    """
    out = {
        "value": float(np.mean(values)),
        "low": None,
        "high": None,
        "n_windows": len(values),
        "n_clips": int(clips.nunique()),
        "drawn": clips.name or "clips",
    }
    if not enough_clips(clips):
        return out | {"reason": f"an interval needs {_LEAST_CLIPS} clips"}
    low, high = percentile_interval(clip_weights(clips, n_draws, seed) @ values, level)
    return out | {"low": low, "high": high}


def unknown(reason: str) -> dict[str, Any]:
    """A score that cannot be given here, and why."""
    return {"value": None, "reason": reason}
