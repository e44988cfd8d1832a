"""Whether a generated window answers to its own video and person.

r is the Pearson correlation between two flattened windows (C x T), both divided by the scale of
the normalisation, averaged over windows. Every r has a 95 % interval from a bootstrap over clips.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config.validate import EvaluationOptions
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.alignment import retrieval
from videeg_pipe.scoring.draws import Draws
from videeg_pipe.scoring.scoring_data import Material
from videeg_pipe.scoring.stats import (
    clip_weights,
    enough_clips,
    mean_with_interval,
    pearson,
    percentile_interval,
    standardise,
    unknown,
)

DEFINITIONS = {
    "r": "Pearson correlation between two flattened windows (electrodes x samples), both divided "
    "by the normalisation's scale, averaged over windows; 95 % interval from a bootstrap over "
    "clips.",
    "conditional_mean_r": "r between the mean of several draws for one window and the real window.",
    "ceiling_r": "r between the true evoked part and the real window: what a perfect conditional "
    "mean would reach.",
    "of_ceiling": "conditional_mean_r / ceiling_r, each the mean over windows; its interval draws "
    "the same clips for both.",
    "ceiling_r_between_subjects": "r between the mean of the other subjects' real windows of the "
    "same moment of the same video and the real window: an estimate, low with few subjects.",
    "sample_r": "r between one released sample and the real window it was generated for.",
    "perfect_sample_r": "What sample_r would be of a perfect generator: r between the window and "
    "its true evoked part plus what is not evoked in another window of the same subject. About the "
    "square of ceiling_r. A sample_r above it is a warning.",
    "shuffled_video_r": "r between the conditional mean and real windows of the same subject at "
    "the same place in other clips of other concepts, averaged over all such windows; where there "
    "is none of these, at any place, and where all clips are of one concept, in other clips.",
    "blank_video_r": "r between the mean of draws whose CLIP features and stimulus track are zero, "
    "same seeds, and the real window.",
    "lag_ms": "Lag at which the correlation of the conditional mean with the real windows peaks; "
    "positive when the generated answer is late. Means nothing at chance.",
    "chance": "above_chance is true when the 99 % interval of the difference conditional_mean_r - "
    "shuffled_video_r, window by window, lies above zero.",
}
_VERDICT_LEVEL = 0.99
"""Wider than the other intervals: a claim that conditioning works should seldom be wrong."""


def choose_windows(windows: pd.DataFrame, max_windows: int, seed: int) -> NDArray[np.intp]:
    """Choose windows that the conditional mean is estimated on.

    Each subject gives about as many, spread over its clips; the choice depends on the ids alone.

    Returns:
        Rows of `windows`, ascending, at most `max_windows`.
    """
    order = windows.reset_index(drop=True)[["window_id", "clip_id", "subject"]].copy()
    order["hash"] = [derive_seed(seed, "evaluation", name) for name in order["window_id"]]
    order = order.sort_values("hash")
    order["round"] = order.groupby("clip_id").cumcount()
    order = order.sort_values(["round", "hash"])
    order["turn"] = order.groupby("subject").cumcount()
    order = order.sort_values(["turn", "round", "hash"])
    return np.sort(order.index.to_numpy()[:max_windows])


def score(
    material: Material, rows: NDArray[np.intp], draws: Draws, config: EvaluationOptions, seed: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Score the conditional mean and the released samples.

    Args:
        material: Real windows and released samples.
        rows: Windows of `material` that `draws` belongs to.
        draws: Conditional means with and without video.
        config: Lags and bootstrap.
        seed: Seed of the run.

    Returns:
        The section of metrics.json, and the arrays that the report draws.
    """
    windows = material.windows.iloc[rows].reset_index(drop=True)
    real, all_clips = material.normalised[rows], material.blocks
    clips = all_clips.iloc[rows].reset_index(drop=True)
    boot_seed = derive_seed(seed, "bootstrap")

    def scored(
        values: NDArray[np.floating], of: "pd.Series[Any]" = clips, level: float = 0.95
    ) -> dict[str, Any]:
        known = np.isfinite(values)
        return mean_with_interval(values[known], of[known], config.bootstrap, boot_seed, level)

    own = pearson(draws.mean, real)
    other = shuffled_r(draws.mean, real, windows)
    samples = material.generated / material.scale[material.matched]
    lags, curves = lag_curves(draws.mean, real, round(config.max_lag_s * material.sfreq))
    weights = clip_weights(clips, config.bootstrap, boot_seed)
    section: dict[str, Any] = {
        "n_windows": len(rows),
        "conditional_mean_r": scored(own),
        "ceiling_r": unknown("the true evoked part of these recordings is not known"),
        "of_ceiling": unknown("the true evoked part of these recordings is not known"),
        "ceiling_r_between_subjects": unknown("no moment of a video was seen by two subjects"),
        "sample_r": scored(
            pearson(samples, material.normalised[material.matched]),
            all_clips.iloc[material.matched].reset_index(drop=True),
        ),
        "perfect_sample_r": unknown("the true evoked part of these recordings is not known"),
        "shuffled_video_r": unknown("no subject has windows of two videos or concepts"),
        "blank_video_r": scored(pearson(draws.blank, real)),
        "chance": verdict(None),
        "lag_ms": _lag(lags, curves, weights, clips, material.sfreq),
        "definitions": DEFINITIONS | retrieval.DEFINITIONS,
    }
    truth = None if material.truth is None else material.truth[rows] / material.scale[rows]
    section["concept_retrieval"] = retrieval.score(
        draws.mean, real, truth, windows, clips, config.bootstrap, seed
    )
    if truth is not None:
        ceiling = pearson(truth, real)
        section["ceiling_r"] = scored(ceiling)
        section["of_ceiling"] = _share(own, ceiling, weights, clips)
        section["perfect_sample_r"] = scored(perfect_sample_r(truth, real, windows))
    between = between_subjects_r(material, rows)
    if np.isfinite(between).any():
        section["ceiling_r_between_subjects"] = scored(between)
    if np.isfinite(other).any():
        section["shuffled_video_r"] = scored(other)
        section["chance"] = verdict(scored(own - other, level=_VERDICT_LEVEL))
    boots = weights @ curves
    return section, {
        "lag_ms": lags / material.sfreq * 1000,
        "lag_r": curves.mean(0),
        "lag_r_low": np.quantile(boots, 0.025, axis=0),
        "lag_r_high": np.quantile(boots, 0.975, axis=0),
    }


def shuffled_r(
    mean: NDArray[np.floating], real: NDArray[np.floating], windows: pd.DataFrame
) -> NDArray[np.float64]:
    """Correlation of each conditional mean with real windows that belong to other videos.

    Partners are windows of the same subject and the same place in their clip, of another clip and
    another concept: who knows no more than that a clip begins here gains nothing. Where there is
    none of these, place and then concept are let go.

    Returns:
        (n,), averaged over the partners; NaN where a window has none.
    """
    r = standardise(mean) @ standardise(real).T  # (n, n)
    subject, clip, concept = (
        windows[name].to_numpy() for name in ("subject", "clip_id", "concept_id")
    )
    place = retrieval.places(windows)
    allowed = (subject[:, None] == subject) & (clip[:, None] != clip)
    for same in (concept[:, None] != concept, place[:, None] == place):
        narrower = allowed & same
        allowed = np.where(narrower.any(1, keepdims=True), narrower, allowed)
    n = allowed.sum(1)
    return np.divide((r * allowed).sum(1), n, out=np.full(len(r), np.nan), where=n > 0)


def perfect_sample_r(
    truth: NDArray[np.floating], real: NDArray[np.floating], windows: pd.DataFrame
) -> NDArray[np.float64]:
    """Correlation of a perfect generator's sample with the real window, (n,).

    Args:
        truth: True evoked parts, (n, C, T).
        real: Real windows, (n, C, T).
        windows: Their rows of the `windows` table.

    Returns:
        NaN where a subject has one clip alone: what is not evoked comes from half the subject's
        windows away, in another clip.
    """
    clip, other = windows["clip_id"].to_numpy(), np.arange(len(windows))
    for rows in windows.reset_index(drop=True).groupby("subject").indices.values():
        other[rows] = np.roll(rows, len(rows) // 2)
    r = pearson(truth + (real - truth)[other], real)
    return np.where(clip != clip[other], r, np.nan)


def between_subjects_r(material: Material, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Correlation of the other subjects' mean at the same moment of the same video, (n,).

    NaN where nobody else has that moment in this split.
    """
    out = np.full(len(rows), np.nan)
    for i, (row, others) in enumerate(zip(rows, material.others(rows), strict=True)):
        if len(others):
            mean = (material.real[others] / material.scale[others]).mean(0)
            out[i] = pearson(mean[None], (material.real[row] / material.scale[row])[None])[0]
    return out


def lag_curves(
    mean: NDArray[np.floating], real: NDArray[np.floating], max_lag: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Correlation of generated and real windows against the lag between them.

    Args:
        mean: (n, C, T).
        real: (n, C, T).
        max_lag: Largest lag in samples; at most half a window is used, so that the overlap stays.

    Returns:
        Lags (L,) in samples, positive when `mean` is late, and correlations (n, L) over the
        samples that overlap.
    """
    n_samples = mean.shape[-1]
    largest = min(max_lag, n_samples // 2)
    lags = np.arange(-largest, largest + 1)
    curves = [
        pearson(
            mean[..., max(lag, 0) : n_samples + min(lag, 0)],
            real[..., max(-lag, 0) : n_samples - max(lag, 0)],
        )
        for lag in lags
    ]
    return lags, np.stack(curves, axis=1)


def verdict(difference: dict[str, Any] | None) -> dict[str, Any]:
    """Say whether the conditional mean is above chance.

    Args:
        difference: `conditional_mean_r - shuffled_video_r` with its interval; None where there is
            nothing to shuffle with.
    """
    if difference is None:
        reason = "there is no other video to compare with"
    elif difference["low"] is None:
        reason = "there are too few clips to tell"
    else:
        return {"above_chance": difference["low"] > 0, "difference": difference}
    return {"above_chance": False, "difference": difference, "reason": reason}


def _share(
    own: NDArray[np.floating],
    whole: NDArray[np.floating],
    weights: NDArray[np.float64],
    clips: "pd.Series[Any]",
) -> dict[str, Any]:
    out: dict[str, Any] = {"value": float(own.mean() / whole.mean()), "low": None, "high": None}
    if not enough_clips(clips):
        return out | {"reason": "too few clips for an interval"}
    low, high = percentile_interval((weights @ own) / (weights @ whole))
    return out | {"low": low, "high": high}


def _lag(
    lags: NDArray[np.intp],
    curves: NDArray[np.float64],
    weights: NDArray[np.float64],
    clips: "pd.Series[Any]",
    sfreq: float,
) -> dict[str, Any]:
    lag_ms = lags / sfreq * 1000
    out: dict[str, Any] = {"value": float(lag_ms[curves.mean(0).argmax()]), "unit": "ms"}
    if not enough_clips(clips):
        return out | {"low": None, "high": None, "reason": "too few clips for an interval"}
    low, high = percentile_interval(lag_ms[(weights @ curves).argmax(1)])
    return out | {"low": low, "high": high}
