"""Whether a generated window follows its own video and person.

r is the Pearson correlation between two flattened windows (C x T), both divided by the scale of
the normalisation, averaged over windows. Every r has a 95 % interval from a bootstrap over clips.

A statistic is a function of `AlignmentData` that returns one r per window, NaN where a window has
none, or None where the split has none. The driver `score_alignment` calls each one that a
catalogue row names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config.evaluation import EvaluationOptions
from videeg_pipe.contracts.scores import (
    Score,
    ScoreSpec,
    definitions,
    score_spec,
    section_scores,
    unknown,
)
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.alignment.repeats import between_repeats_r
from videeg_pipe.scoring.alignment.retrieval import clip_places, score_retrieval
from videeg_pipe.scoring.alignment.steady_state import score_steady_state
from videeg_pipe.scoring.draws import Draws
from videeg_pipe.scoring.scoring_data import PHASE_UNKNOWN, ScoringData
from videeg_pipe.scoring.stats import (
    clip_weights,
    enough_clips,
    mean_with_interval,
    pearson,
    percentile_interval,
    standardise,
)

_TEST_LEVEL = 0.99
"""Wider than the other intervals, so that false claims of working conditioning are rare."""


@dataclass(frozen=True)
class AlignmentData:
    """n real windows of a split and what was drawn for them; C electrodes, T samples."""

    data: ScoringData
    rows: NDArray[np.intp]  # (n,) of `data.windows`
    draws: Draws  # n conditional means, with and without video

    @cached_property
    def windows(self) -> pd.DataFrame:
        """Their n rows of the `windows` table."""
        return self.data.windows.iloc[self.rows].reset_index(drop=True)

    @cached_property
    def real(self) -> NDArray[np.float32]:
        """Real windows, normalised, (n, C, T)."""
        return self.data.normalised[self.rows]

    @cached_property
    def truth(self) -> NDArray[np.float32] | None:
        """True evoked parts, normalised, (n, C, T), if known."""
        truth = self.data.truth
        return None if truth is None else truth[self.rows] / self.data.scale[self.rows]


def score_alignment(
    data: ScoringData,
    rows: NDArray[np.intp],
    draws: Draws,
    config: EvaluationOptions,
    seed: int,
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Score the conditional mean and the released samples.

    Args:
        data: Real windows and released samples.
        rows: Windows of `data` that `draws` belongs to.
        draws: Conditional means with and without video.
        config: Lags and bootstrap.
        seed: Seed of the run.

    Returns:
        The section `alignment`, and the arrays that the report draws.
    """
    drawn = AlignmentData(data, rows, draws)
    all_clips = data.bootstrap_units
    clips = all_clips.iloc[rows].reset_index(drop=True)
    boot_seed = derive_seed(seed, "bootstrap")

    def score(
        values: NDArray[np.floating], of: "pd.Series[Any]" = clips, level: float = 0.95
    ) -> Score:
        known = np.isfinite(values)
        return mean_with_interval(values[known], of[known], config.bootstrap, boot_seed, level)

    rs = {
        spec.name: _values(spec, drawn)
        for spec in section_scores("alignment").values()
        if spec.function
    }
    own, repeats = conditional_mean_r(drawn), between_repeats_r(drawn)
    controls = {name: rs[name] for name in ("shuffled_video_r", "wrong_time_r")}
    samples = data.generated / data.scale[data.matched]
    lags, curves = lag_curves(draws.mean, drawn.real, round(config.max_lag_s * data.sfreq))
    weights = clip_weights(clips, config.bootstrap, boot_seed)
    section: dict[str, Any] = {
        "n_windows": len(rows),
        **{
            name: unknown(score_spec("alignment", name).missing) if r is None else score(r)
            for name, r in rs.items()
        },
        "ceiling_r_repeats": _ceiling_of_repeats(repeats, score),
        "of_ceiling": _ratio_of_means(own, rs["ceiling_r"], weights, clips)
        if rs["ceiling_r"] is not None
        else _share_of_repeats(own, repeats, weights, clips),
        "sample_r": score(
            pearson(samples, data.normalised[data.matched]),
            all_clips.iloc[data.matched].reset_index(drop=True),
        ),
        "chance": compare_with_chance(
            {
                name: score(own - other, level=_TEST_LEVEL)
                for name, other in controls.items()
                if other is not None
            }
        ),
        "lag_ms": _lag(lags, curves, weights, clips, data.sfreq),
        "concept_retrieval": score_retrieval(
            draws.mean, drawn.real, drawn.truth, drawn.windows, clips, config.bootstrap, seed
        ),
        "steady_state_snr": score_steady_state(
            data.generated,
            data.real[data.matched],
            data.samples,
            all_clips.iloc[data.matched].reset_index(drop=True),
            data.tags,
            data.sfreq,
            config.bootstrap,
            seed,
            data.highest_hz,
        ),
        "definitions": definitions("alignment"),
    }
    if not data.phases_known:
        return _without_phase(section), {}
    boots = weights @ curves
    return section, {
        "lag_ms": lags / data.sfreq * 1000,
        "lag_r": curves.mean(0),
        "lag_r_low": np.quantile(boots, 0.025, axis=0),
        "lag_r_high": np.quantile(boots, 0.975, axis=0),
    }


def _without_phase(section: dict[str, Any]) -> dict[str, Any]:
    """Section `alignment` for flicker of unknown phase: without scores of waveforms.

    The phase is estimated from the real windows, so that comparing waveforms would be circular.
    """
    snr, nothing = section["steady_state_snr"], unknown(PHASE_UNKNOWN)
    waveform = {name: nothing for name, entry in section.items() if isinstance(entry, Score)}
    floor = snr.floor if isinstance(snr.floor, Score) else nothing
    chance: dict[str, Any] = {"above_chance": False, "control": "steady_state_snr"}
    if isinstance(snr.low, float) and isinstance(floor.high, float):
        chance["above_chance"] = snr.low > floor.high
    else:
        chance["reason"] = "there are too few clips or frequencies to tell"
    return (
        section
        | waveform
        | {
            "concept_retrieval": replace(nothing, chance=None, ceiling=nothing),
            "steady_state_snr": snr,
            "chance": chance | {"difference": None},
        }
    )


def _values(spec: ScoreSpec, drawn: AlignmentData) -> NDArray[np.float64] | None:
    """r of each window; None if no window has one."""
    r = spec.load()(drawn)
    return None if r is None or not np.isfinite(r).any() else np.asarray(r)


def conditional_mean_r(drawn: AlignmentData) -> NDArray[np.float64]:
    """Return r between the conditional mean and the real window."""
    return pearson(drawn.draws.mean, drawn.real)


def ceiling_r(drawn: AlignmentData) -> NDArray[np.float64] | None:
    """Return r between the true evoked part and the real window."""
    return None if drawn.truth is None else pearson(drawn.truth, drawn.real)


def blank_video_r(drawn: AlignmentData) -> NDArray[np.float64]:
    """Return r between the mean of draws without video and the real window."""
    return pearson(drawn.draws.blank, drawn.real)


def shuffled_video_r(drawn: AlignmentData) -> NDArray[np.float64]:
    """Return the mean r between a conditional mean and real windows that belong to other videos.

    Partners are windows of the same subject and the same place in their clip, of another clip and
    another concept: knowing only that a clip begins gains nothing. Without such windows, the place
    may differ; without those, the concept may be the same.
    """
    r = standardise(drawn.draws.mean) @ standardise(drawn.real).T  # (n, n)
    subject, clip, concept = (
        drawn.windows[name].to_numpy() for name in ("subject", "clip_id", "concept_id")
    )
    place = clip_places(drawn.windows)
    allowed = (subject[:, None] == subject) & (clip[:, None] != clip)
    for same in (concept[:, None] != concept, place[:, None] == place):
        narrower = allowed & same
        allowed = np.where(narrower.any(1, keepdims=True), narrower, allowed)
    n = allowed.sum(1)
    return np.divide((r * allowed).sum(1), n, out=np.full(len(r), np.nan), where=n > 0)


def perfect_sample_r(drawn: AlignmentData) -> NDArray[np.float64] | None:
    """Return r between a perfect generator's sample and the real window.

    The remainder (real minus evoked part) comes from another clip, half the subject's windows
    away; NaN where a subject has only one clip.
    """
    if drawn.truth is None:
        return None
    clip, other = drawn.windows["clip_id"].to_numpy(), np.arange(len(drawn.windows))
    for rows in drawn.windows.groupby("subject").indices.values():
        other[rows] = np.roll(rows, len(rows) // 2)
    r = pearson(drawn.truth + (drawn.real - drawn.truth)[other], drawn.real)
    return np.where(clip != clip[other], r, np.nan)


def between_subjects_r(drawn: AlignmentData) -> NDArray[np.float64]:
    """Return r between the other subjects' mean at the same moment and the real window.

    A moment is a time of a video. NaN where nobody else saw it in this split.
    """
    data, out = drawn.data, np.full(len(drawn.rows), np.nan)
    for i, (row, others) in enumerate(zip(drawn.rows, data.others(drawn.rows), strict=True)):
        if len(others):
            mean = (data.real[others] / data.scale[others]).mean(0)
            out[i] = pearson(mean[None], (data.real[row] / data.scale[row])[None])[0]
    return out


def lag_curves(
    mean: NDArray[np.floating], real: NDArray[np.floating], max_lag: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Correlate generated and real windows at a range of lags.

    Args:
        mean: (n, C, T).
        real: (n, C, T).
        max_lag: Largest lag in samples; limited to half a window, so that enough samples overlap.

    Returns:
        Lags (L,) in samples, positive when `mean` is late, and correlations (n, L) over the
        overlapping samples.
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


def compare_with_chance(differences: Mapping[str, Score]) -> dict[str, Any]:
    """Test whether the conditional mean is above chance.

    It is if it beats one of the controls. Their intervals are wide enough for two tests. Videos of
    the same rhythm, such as flicker of one frequency, differ in time alone.

    Args:
        differences: `conditional_mean_r` minus each control with its interval, by the control's
            name.

    Returns:
        `above_chance`, the `control` and the `difference` that decided, and, where nothing could be
        decided, the `reason`.
    """
    if not differences:
        reason = "there is no other video and no other time to compare with"
        return {"above_chance": False, "difference": None, "reason": reason}
    beaten = [
        name for name, found in differences.items() if found.low is not None and found.low > 0
    ]
    control = next(iter([*beaten, *differences]))
    result = {"above_chance": bool(beaten), "control": control, "difference": differences[control]}
    if differences[control].low is None:
        result["reason"] = "there are too few clips to tell"
    return result


def _ceiling_of_repeats(r: NDArray[np.float64], score: Callable[..., Score]) -> Score:
    """The score `ceiling_r_repeats`, from r between two repeats.

    By Spearman and Brown, its root is the r of one window with the mean of endless repeats.
    """
    if not np.isfinite(r).any():
        return unknown(score_spec("alignment", "ceiling_r_repeats").missing)

    def root(value: float | None) -> float | None:
        return None if value is None else float(np.sqrt(max(value, 0.0)))

    found = score(r)
    return replace(found, value=root(found.value), low=root(found.low), high=root(found.high))


def _share_of_repeats(
    own: NDArray[np.floating],
    repeats: NDArray[np.floating],
    weights: NDArray[np.float64],
    clips: "pd.Series[Any]",
) -> Score:
    """The score `of_ceiling` where only repeats give a ceiling; windows without them are left out.

    None where the repeats do not correlate.
    """
    known = np.isfinite(repeats)
    if not known.any() or repeats[known].mean() <= 0:
        return unknown(score_spec("alignment", "of_ceiling").missing)
    score = Score(float(own[known].mean() / np.sqrt(repeats[known].mean())))
    if not enough_clips(clips[known]):
        return replace(score, low=None, high=None, reason="too few clips for an interval")
    w = weights[:, known]
    w = w / np.maximum(w.sum(1, keepdims=True), 1e-12)
    squares = w @ repeats[known]
    if percentile_interval(squares)[0] <= 0:
        reason = "the interval of the ceiling includes 0"
        return replace(score, low=None, high=None, reason=reason)
    ceilings = np.sqrt(np.maximum(squares, squares[squares > 0].min()))
    low, high = percentile_interval((w @ own[known]) / ceilings)
    return replace(score, low=low, high=high)


def _ratio_of_means(
    own: NDArray[np.floating],
    whole: NDArray[np.floating] | None,
    weights: NDArray[np.float64],
    clips: "pd.Series[Any]",
) -> Score:
    """The score `of_ceiling`, from one r per window of both."""
    if whole is None:
        return unknown(score_spec("alignment", "of_ceiling").missing)
    score = Score(float(own.mean() / whole.mean()))
    if not enough_clips(clips):
        return replace(score, low=None, high=None, reason="too few clips for an interval")
    low, high = percentile_interval((weights @ own) / (weights @ whole))
    return replace(score, low=low, high=high)


def _lag(
    lags: NDArray[np.intp],
    curves: NDArray[np.float64],
    weights: NDArray[np.float64],
    clips: "pd.Series[Any]",
    sfreq: float,
) -> Score:
    lag_ms = lags / sfreq * 1000
    unit = score_spec("alignment", "lag_ms").unit
    score = Score(float(lag_ms[curves.mean(0).argmax()]), unit=unit)
    if not enough_clips(clips):
        return replace(score, low=None, high=None, reason="too few clips for an interval")
    low, high = percentile_interval(lag_ms[(weights @ curves).argmax(1)])
    return replace(score, low=low, high=high)
