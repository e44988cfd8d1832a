r"""The measures of the paper's Table 1, on windows mapped to [-1, 1].

Each window x (C x T), real or generated, is divided by its own largest absolute value. The paper
does not define its stability and consistencies: those definitions are ours. With g a released
sample and r the real window it was generated for, all averaged over windows:

- mse = mean (g - r)^2, mae = mean \|g - r\|
- pearson = corr(g, r) over all C*T values
- stability = 1 / (1 + sd(a) / mean(a)), a = root mean square of a window before it is mapped (uV),
  over the windows of a subject, averaged over subjects: 1 when all windows are equally strong
- temporal_consistency = corr(diff_t g, diff_t r), first differences in time
- spatial_consistency = corr(U(g), U(r)), U = the correlations between all pairs of electrodes
- performance_index = mean of pearson, stability and both consistencies, each clipped at 0: our
  stand-in for the undefined "comprehensive performance index" of the paper's abstract

Each has the baseline `other_window`: the same measure with another real window of the same subject
in place of g, that is, real EEG unrelated to the video.

A measure is a function of g and r, (n, C, T), mapped to [-1, 1], that returns its mean over the n
windows; `score_paper` calls each one that a catalogue row names, for some windows at a time.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.scores import ABSENT, Score, definitions, section_scores, unknown
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.scoring_data import PHASE_UNKNOWN, ScoringData
from videeg_pipe.scoring.stats import pearson

_WAVEFORM = ("mse", "mae", "pearson", "temporal_consistency", "performance_index")
"""Measures that compare samples moment by moment: without the phase of a flicker, they are null."""
_INDEXED = ("pearson", "stability", "temporal_consistency", "spatial_consistency")


_AT_ONCE = 256
"""Windows at a time: mapped windows and differences of all would be large, and slower to fill."""

_Measure = Callable[[NDArray[np.floating], NDArray[np.floating]], float]


def score_paper(data: ScoringData, seed: int) -> dict[str, Any]:
    """Score the released samples by the paper's measures; returns the section `paper`."""
    real, samples = data.real[data.matched], data.samples
    partner = other_windows(samples, derive_seed(seed, "paper"))
    paired = np.flatnonzero(partner >= 0)
    specs = section_scores("paper").values()
    measures = {spec.name: spec.load() for spec in specs if spec.function}
    values = _means(measures, data.generated, real)
    baselines = _means(measures, real[partner[paired]], real[paired])
    scores = {name: Score(values[name], other_window=baselines[name]) for name in measures}
    scores["stability"] = _score_stability(data, samples["subject"])
    parts = [scores[name] for name in _INDEXED]
    scores["performance_index"] = Score(
        performance_index([part.value for part in parts]),
        other_window=performance_index(
            [None if part.other_window is ABSENT else part.other_window for part in parts]
        ),
    )
    if not data.phases_known:
        scores |= dict.fromkeys(_WAVEFORM, unknown(PHASE_UNKNOWN))
    return scores | {"n_windows": len(real), "definitions": definitions("paper")}


def _means(
    measures: dict[str, _Measure], g: NDArray[np.floating], r: NDArray[np.floating]
) -> dict[str, float | None]:
    """Return the mean of each measure over pairs of windows, (n, C, T) in uV; None without any."""
    sums = dict.fromkeys(measures, 0.0)
    for start in range(0, len(g), _AT_ONCE):
        unit_g, unit_r = (to_unit(windows[start : start + _AT_ONCE]) for windows in (g, r))
        for name, measure in measures.items():
            sums[name] += measure(unit_g, unit_r) * len(unit_g)
    return {name: total / len(g) if len(g) else None for name, total in sums.items()}


def _score_stability(data: ScoringData, subjects: "pd.Series[str]") -> Score:
    value = stability(data.generated, subjects)
    if value is None:
        return unknown("no subject has two released samples in this split")
    return Score(value, other_window=stability(data.real[data.matched], subjects))


def to_unit(windows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Divide each window (n, C, T) by its largest absolute value."""
    peak = np.abs(windows).max((1, 2), keepdims=True)
    return np.divide(windows, peak, out=np.zeros_like(windows), where=peak > 0)


def mean_squared_error(g: NDArray[np.floating], r: NDArray[np.floating]) -> float:
    """Return the mean squared difference."""
    return float(((g - r) ** 2).mean())


def mean_absolute_error(g: NDArray[np.floating], r: NDArray[np.floating]) -> float:
    """Return the mean absolute difference."""
    return float(np.abs(g - r).mean())


def mean_pearson(g: NDArray[np.floating], r: NDArray[np.floating]) -> float:
    """Return the mean correlation of flattened windows."""
    return float(pearson(g, r).mean())


def stability(windows: NDArray[np.floating], subjects: "pd.Series[str]") -> float | None:
    """Return the stability of windows (n, C, T) in uV; None if no subject has two."""
    energy = np.einsum("nct,nct->n", windows, windows, dtype=np.float64)
    amplitude = pd.Series(np.sqrt(energy / np.prod(windows.shape[1:])))
    by_subject = amplitude.groupby(subjects.to_numpy())
    variation = (by_subject.std(ddof=0) / by_subject.mean())[by_subject.size() > 1]
    return float((1 / (1 + variation)).mean()) if len(variation) else None


def temporal_consistency(g: NDArray[np.floating], r: NDArray[np.floating]) -> float:
    """Return the mean correlation of first differences in time."""
    return float(pearson(np.diff(g), np.diff(r)).mean())


def spatial_consistency(g: NDArray[np.floating], r: NDArray[np.floating]) -> float:
    """Return the mean correlation of the correlations between electrodes."""
    return float(pearson(_pairs(g), _pairs(r)).mean())


def performance_index(parts: Sequence[float | None]) -> float | None:
    """Return the mean of parts, each clipped at 0 from below; None if one is unknown."""
    known = [max(part, 0.0) for part in parts if part is not None]
    return sum(known) / len(known) if len(known) == len(parts) else None


def _pairs(windows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Correlations of all electrode pairs, (n, C*(C-1)/2); 0 for a flat electrode."""
    centred = windows - windows.mean(-1, keepdims=True)
    norm = np.linalg.norm(centred, axis=-1, keepdims=True)
    unit = np.divide(centred, norm, out=np.zeros_like(centred), where=norm > 0)
    r = unit @ unit.transpose(0, 2, 1)
    return r[:, *np.triu_indices(r.shape[-1], 1)]


def other_windows(samples: pd.DataFrame, seed: int) -> NDArray[np.intp]:
    """Draw for each row a random row of the same subject and another clip, (m,); -1 without any."""
    rng = np.random.default_rng(seed)
    of_subject = samples.groupby("subject").indices
    of_clip = samples.groupby(["subject", "clip_id"]).indices
    out = np.full(len(samples), -1)
    for row, key in enumerate(zip(samples["subject"], samples["clip_id"], strict=True)):
        others = np.setdiff1d(of_subject[key[0]], of_clip[key], assume_unique=True)
        if len(others):
            out[row] = rng.choice(others)
    return out
