"""Whether generated windows look like real ones, whatever video they belong to.

Every score compares the released samples with real windows of the same subjects, and has a floor:
the same statistic between two disjoint halves of the real windows, split by clip, with the same
number of windows on either side. Both are means over several random splits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import fft, signal

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.scoring_data import Material

DEFINITIONS = {
    "band_power_ratio": "Power in the band (Welch, windows of at most 1 s, Hann; uV^2), averaged "
    "over windows and electrodes, generated / real. Ideal 1.",
    "band_similarity": "1 - D, D = the two-sample Kolmogorov-Smirnov distance between the "
    "distributions over windows of an electrode's band power, averaged over electrodes. Ideal 1. "
    "Definition ours.",
    "psd_distance": "Root mean square over electrodes and frequencies (0.5 to 40 Hz) of the "
    "difference between 10 log10 of the mean spectra, dB. Ideal 0.",
    "covariance_error": "||S_g - S_r||_F / ||S_r||_F, S = covariance between electrodes averaged "
    "over windows. Ideal 0.",
    "subject_covariance_error": "covariance_error of one subject's windows, averaged over "
    "subjects: it sees whose windows they are. Ideal 0.",
    "autocorrelation_error": "Mean over electrodes and lags up to half a window of "
    "|a_g - a_r|, a = autocorrelation averaged over windows. Ideal 0.",
    "floor": "The same score between two disjoint halves of the real windows, split by clip, at "
    "the same number of windows. low and high are the extremes over the splits.",
    "white_noise": "The same score for white noise of each electrode's real power, electrodes "
    "independent: what a sample reaches that knows amplitudes and nothing else.",
}
N_SPLITS = 10
"""Random splits that a score and its floor are averaged over."""


@dataclass(frozen=True)
class Features:
    """What the scores need of each window, so that many splits cost little."""

    psd: NDArray[np.float32]  # (n, C, F) uV^2/Hz
    power: NDArray[np.float32]  # (n, C, bands) uV^2, in the order of BANDS
    covariance: NDArray[np.float32]  # (n, C, C) uV^2
    autocorrelation: NDArray[np.float32]  # (n, C, T/2), lag 1 sample first

    def take(self, rows: NDArray[np.intp]) -> "Features":
        """Features of some windows."""
        return Features(
            self.psd[rows], self.power[rows], self.covariance[rows], self.autocorrelation[rows]
        )


def spectra(
    windows: NDArray[np.float32], sfreq: float
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Welch spectra.

    Args:
        windows: (n, C, T) uV.
        sfreq: Hz.

    Returns:
        Frequencies (F,) in Hz and power spectral densities (n, C, F) in uV^2/Hz.
    """
    n_samples = min(windows.shape[-1], round(sfreq))
    return signal.welch(windows, sfreq, nperseg=n_samples)


def band_power(freqs: NDArray[np.float64], psd: NDArray[np.float32]) -> NDArray[np.float32]:
    """Integrate spectra (..., F) over each band: (..., bands), uV^2, in the order of BANDS."""
    inside = [(freqs >= low) & (freqs < high) for low, high in BANDS.values()]
    return np.stack([psd[..., rows].sum(-1) for rows in inside], -1) * (freqs[1] - freqs[0])


def describe(windows: NDArray[np.float32], sfreq: float) -> Features:
    """Compute the features of windows (n, C, T) in uV."""
    freqs, psd = spectra(windows, sfreq)
    centred = windows - windows.mean(-1, keepdims=True)
    n = windows.shape[-1]
    wide = fft.rfft(centred, 2 * n)
    lagged = fft.irfft(wide * wide.conj(), 2 * n)[..., : n // 2 + 1]
    variance = np.maximum(lagged[..., :1], np.finfo(np.float32).tiny)
    return Features(
        psd=psd,
        power=band_power(freqs, psd),
        covariance=centred @ centred.transpose(0, 2, 1) / n,
        autocorrelation=(lagged / variance)[..., 1:],
    )


def band_power_ratio(a: Features, b: Features) -> NDArray[np.floating]:
    """Power of `a` over power of `b`, (bands,)."""
    return a.power.mean((0, 1)) / b.power.mean((0, 1))


def band_similarity(a: Features, b: Features) -> NDArray[np.floating]:
    """1 - Kolmogorov-Smirnov distance of band powers over windows, (bands,)."""
    return 1 - ks_distance(a.power, b.power).mean(0)


def ks_distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Two-sample Kolmogorov-Smirnov distances along the first axis."""
    both = np.concatenate([a, b])
    order = np.argsort(both, axis=0)
    gap = np.cumsum(np.where(order < len(a), 1 / len(a), -1 / len(b)), axis=0)
    ordered = np.take_along_axis(both, order, axis=0)
    gap[:-1][ordered[1:] == ordered[:-1]] = 0  # between tied values the two have not both stepped
    return np.abs(gap).max(axis=0)


def psd_distance(a: Features, b: Features, freqs: NDArray[np.float64]) -> float:
    """Root-mean-square difference of mean spectra, dB."""
    inside = (freqs >= BANDS["delta"][0]) & (freqs <= BANDS["gamma"][1])
    ratio = a.psd.mean(0)[:, inside] / b.psd.mean(0)[:, inside]
    return float(np.sqrt(np.mean((10 * np.log10(ratio)) ** 2)))


def covariance_error(a: Features, b: Features) -> float:
    """Relative Frobenius distance of mean covariances, `b` the reference."""
    real = b.covariance.mean(0)
    return float(np.linalg.norm(a.covariance.mean(0) - real) / np.linalg.norm(real))


def subject_covariance_error(a: Features, b: Features, subjects: NDArray[np.str_]) -> float:
    """`covariance_error` of one subject's windows, averaged over subjects.

    `subjects` (n,) are those of the i-th window of either side; NaN where there are none.
    """
    rows = [np.flatnonzero(subjects == name) for name in np.unique(subjects)]
    errors = [covariance_error(a.take(own), b.take(own)) for own in rows]
    return float(np.mean(errors)) if errors else float("nan")


def autocorrelation_error(a: Features, b: Features) -> float:
    """Mean absolute difference of mean autocorrelations."""
    return float(np.abs(a.autocorrelation.mean(0) - b.autocorrelation.mean(0)).mean())


def score(material: Material, seed: int) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Score the released samples against real windows of the same subjects.

    Returns:
        The section of metrics.json, and the arrays that the report draws.
    """
    freqs, _ = spectra(material.real[:1], material.sfreq)
    real = describe(material.real, material.sfreq)
    generated = describe(material.generated, material.sfreq)
    splits = [
        split(material.windows, material.samples["subject"], derive_seed(seed, "fidelity", str(i)))
        for i in range(N_SPLITS)
    ]
    n = len(splits[0][0])
    if n:
        pairs = [(generated.take(g), real.take(b)) for _, b, g in splits]
        floors = [(real.take(a), real.take(b)) for a, b, _ in splits]
    else:
        pairs, floors = [(generated, real)], []
    noise = describe(white_noise(material, len(pairs[0][0].psd), seed), material.sfreq)
    noises = [(noise, pairs[0][1])]
    subject = material.windows["subject"].to_numpy(str)
    people = [subject[b] for _, b, _ in splits]  # on either side of a pair, which differ in size

    def scored(statistic: Callable[[Features, Features], Any], ideal: float, unit: str) -> Any:
        values = np.array([statistic(*pair) for pair in pairs], np.float64)
        halves = np.array([statistic(*pair) for pair in floors], np.float64)
        white = np.array([statistic(*pair) for pair in noises], np.float64)
        if values.ndim == 1:
            return _entry(values, halves, white, ideal, unit)
        return {
            name: _entry(values[:, i], halves[:, i] if n else halves, white[:, i], ideal, unit)
            for i, name in enumerate(BANDS)
        }

    def by_subject(of: Sequence[tuple[Features, Features]]) -> NDArray[np.float64]:
        told = zip(of, people, strict=False)  # white noise has the first pair alone
        return np.array([subject_covariance_error(*pair, who) for pair, who in told], np.float64)

    section = {
        "n_windows": n or len(generated.psd),
        "n_splits": len(pairs),
        "band_power_ratio": scored(band_power_ratio, 1, "1"),
        "band_similarity": scored(band_similarity, 1, "1"),
        "psd_distance": scored(lambda a, b: psd_distance(a, b, freqs), 0, "dB"),
        "covariance_error": scored(covariance_error, 0, "1"),
        "subject_covariance_error": _entry(
            by_subject(pairs), by_subject(floors), by_subject(noises), 0, "1"
        ),
        "autocorrelation_error": scored(autocorrelation_error, 0, "1"),
        "definitions": DEFINITIONS,
    }
    matched = real.take(material.matched)
    return section, {"freqs": freqs} | _panels("real", matched) | _panels("generated", generated)


def split(
    windows: pd.DataFrame, sample_subjects: "pd.Series[str]", seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Two disjoint halves of the real windows, split by clip, and as many samples.

    A subject with a single clip has it cut into an earlier and a later half. Each subject gives
    equally many windows to all three.

    Args:
        windows: n rows of the real windows.
        sample_subjects: (m,) subject of each generated sample.
        seed: Seed of the split.

    Returns:
        Rows of the first half, of the second half, and of the samples, equally many.
    """
    rng = np.random.default_rng(seed)
    taken: list[tuple[NDArray[np.intp], ...]] = []
    for subject, rows in windows.reset_index(drop=True).groupby("subject"):
        ordered = rows.sort_values(["recording_id", "start_sample"])
        codes = pd.factorize(ordered["clip_id"])[0]
        if codes.max() == 0:
            codes = (np.arange(len(ordered)) * 2 // len(ordered)).astype(np.intp)
        clips = rng.permutation(codes.max() + 1)
        first = np.isin(codes, clips[: len(clips) // 2])
        places = ordered.index.to_numpy()
        groups = (places[first], places[~first], np.flatnonzero(sample_subjects == subject))
        n = min(map(len, groups))
        taken.append(tuple(np.sort(rng.permutation(group)[:n]) for group in groups))
    a, b, g = (np.concatenate(parts).astype(np.intp) for parts in zip(*taken, strict=True))
    return a, b, g


def white_noise(material: Material, n: int, seed: int) -> NDArray[np.float32]:
    """White noise with each electrode's real power, (n, C, T), uV."""
    rng = np.random.default_rng(derive_seed(seed, "white noise"))
    noise = rng.standard_normal((n, *material.real.shape[1:]), dtype=np.float32)
    return noise * material.real.std((0, 2))[:, None]


def _entry(
    values: NDArray[np.float64],
    floors: NDArray[np.float64],
    white: NDArray[np.float64],
    ideal: float,
    unit: str,
) -> dict[str, Any]:
    out: dict[str, Any] = _summary(values) | {"ideal": ideal, "unit": unit}
    out["white_noise"] = float(white[0]) if np.isfinite(white).all() else None
    if not len(floors):
        return out | {"floor": None, "reason": "too few real windows to split in two"}
    return out | {"floor": _summary(floors)}


def _summary(values: NDArray[np.float64]) -> dict[str, Any]:
    if not np.isfinite(values).all():
        return {
            "value": None,
            "reason": "no power in the windows, or too few of them",
        }
    return {"value": float(values.mean()), "low": float(values.min()), "high": float(values.max())}


def _panels(name: str, features: Features) -> dict[str, NDArray[Any]]:
    return {
        # (3, F): quartiles over windows of the spectrum averaged over electrodes
        f"psd_{name}": np.quantile(features.psd.mean(1), [0.25, 0.5, 0.75], axis=0),
        f"power_{name}": features.power.mean(0).T,  # (bands, C)
        f"covariance_{name}": features.covariance.mean(0),  # (C, C)
        f"autocorrelation_{name}": features.autocorrelation.mean((0, 1)),  # (T/2,)
    }
