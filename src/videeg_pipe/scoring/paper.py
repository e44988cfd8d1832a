r"""The measures of the paper's Table 1, on windows mapped to [-1, 1].

Each window x (C x T), real or generated, is divided by its own largest absolute value. The paper
defines neither its stability nor its consistencies: those definitions are ours. With g a released
sample, r the real window it was generated for, all averages over windows:

- mse = mean (g - r)^2, mae = mean \|g - r\|
- pearson = corr(g, r) over all C*T values
- stability = 1 / (1 + sd(a) / mean(a)), a = root mean square of a window before it is mapped (uV),
  over the windows of a subject, averaged over subjects: 1 when all windows are equally strong
- temporal_consistency = corr(diff_t g, diff_t r), first differences in time
- spatial_consistency = corr(U(g), U(r)), U = the correlations between all pairs of electrodes
- performance_index = mean of pearson, stability and both consistencies, none below 0: our stand-in
  for the "comprehensive performance index" that the paper's abstract gives without a definition

Beside each stands the same measure for another real window of the same subject in place of g:
what somebody's real EEG reaches when it has nothing to do with the video.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.scoring_data import Material
from videeg_pipe.scoring.stats import pearson, unknown

MEASURES = (
    "mse",
    "mae",
    "pearson",
    "stability",
    "temporal_consistency",
    "spatial_consistency",
)
_INDEXED = ("pearson", "stability", "temporal_consistency", "spatial_consistency")
DEFINITIONS = {
    "normalisation": "Each window is divided by its own largest absolute value: [-1, 1].",
    "mse": "Mean over windows, electrodes and samples of (g - r)^2.",
    "mae": "Mean over windows, electrodes and samples of |g - r|.",
    "pearson": "Mean over windows of corr(g, r) over all electrodes and samples.",
    "stability": "1 / (1 + sd(a) / mean(a)), a = root mean square of a window in uV, over the "
    "windows of a subject, averaged over subjects. Definition ours.",
    "temporal_consistency": "Mean over windows of corr(diff_t g, diff_t r), first differences in "
    "time. Definition ours.",
    "spatial_consistency": "Mean over windows of corr(U(g), U(r)), U = correlations between all "
    "pairs of electrodes of one window. Definition ours.",
    "performance_index": "Mean of pearson, stability, temporal_consistency and "
    "spatial_consistency, each not below 0. Stands for the paper's comprehensive performance "
    "index. Definition ours.",
    "other_window": "The same measure with another real window of the same subject, from another "
    "clip, in place of the sample g.",
}


def score(material: Material, seed: int) -> dict[str, Any]:
    """Score the released samples by the paper's measures."""
    real = material.real[material.matched]
    samples = material.samples
    partner = other_windows(samples, derive_seed(seed, "paper"))
    paired = np.flatnonzero(partner >= 0)
    other = real[partner[paired]]
    section: dict[str, Any] = {
        name: {
            "value": measure(to_unit(material.generated), to_unit(real)),
            "other_window": measure(to_unit(other), to_unit(real[paired])) if len(other) else None,
        }
        for name, measure in _MEASURES.items()
    }
    for name, windows in (("value", material.generated), ("other_window", real)):
        section.setdefault("stability", {})[name] = stability(windows, samples["subject"])
    if section["stability"]["value"] is None:
        section["stability"] = unknown("no subject has two released samples in this split")
    section["performance_index"] = {
        name: performance_index([section[part].get(name) for part in _INDEXED])
        for name in ("value", "other_window")
    }
    return section | {"n_windows": len(real), "definitions": DEFINITIONS}


def to_unit(windows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Divide each window (n, C, T) by its largest absolute value."""
    peak = np.abs(windows).max((1, 2), keepdims=True)
    return np.divide(windows, peak, out=np.zeros_like(windows), where=peak > 0)


def stability(windows: NDArray[np.floating], subjects: "pd.Series[str]") -> float | None:
    """Stability of windows (n, C, T) in uV; None where no subject has two."""
    amplitude = pd.Series(np.sqrt((windows.astype(np.float64) ** 2).mean((1, 2))))
    by_subject = amplitude.groupby(subjects.to_numpy())
    variation = (by_subject.std(ddof=0) / by_subject.mean())[by_subject.size() > 1]
    return float((1 / (1 + variation)).mean()) if len(variation) else None


def temporal_consistency(g: NDArray[np.floating], r: NDArray[np.floating]) -> float:
    """Mean correlation of first differences in time."""
    return float(pearson(np.diff(g), np.diff(r)).mean())


def spatial_consistency(g: NDArray[np.floating], r: NDArray[np.floating]) -> float:
    """Mean correlation of the windows' correlations between electrodes."""
    return float(pearson(_pairs(g), _pairs(r)).mean())


def performance_index(parts: Sequence[float | None]) -> float | None:
    """Mean of parts that are 1 at best, each not below 0; None where one is not known."""
    known = [max(part, 0.0) for part in parts if part is not None]
    return sum(known) / len(known) if len(known) == len(parts) else None


def _pairs(windows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Correlations of all electrode pairs, (n, C*(C-1)/2); 0 with a flat electrode."""
    centred = windows - windows.mean(-1, keepdims=True)
    norm = np.linalg.norm(centred, axis=-1, keepdims=True)
    unit = np.divide(centred, norm, out=np.zeros_like(centred), where=norm > 0)
    r = unit @ unit.transpose(0, 2, 1)
    return r[:, *np.triu_indices(r.shape[-1], 1)]


def other_windows(samples: pd.DataFrame, seed: int) -> NDArray[np.intp]:
    """For each row another of the same subject and of another clip, (m,); -1 where none is."""
    rng = np.random.default_rng(seed)
    subject, clip = samples["subject"].to_numpy(), samples["clip_id"].to_numpy()
    out = np.full(len(samples), -1)
    for row in range(len(samples)):
        others = np.flatnonzero((subject == subject[row]) & (clip != clip[row]))
        if len(others):
            out[row] = rng.choice(others)
    return out


_MEASURES: dict[str, Callable[[NDArray[np.floating], NDArray[np.floating]], float]] = {
    "mse": lambda g, r: float(((g - r) ** 2).mean()),
    "mae": lambda g, r: float(np.abs(g - r).mean()),
    "pearson": lambda g, r: float(pearson(g, r).mean()),
    "temporal_consistency": temporal_consistency,
    "spatial_consistency": spatial_consistency,
}
