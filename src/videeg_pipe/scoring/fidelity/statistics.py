"""Whether generated windows resemble real ones, regardless of the video.

Every score compares released samples with real windows of the same subjects, and has a floor: the
same statistic between two disjoint halves of the real windows, split by clip, with the same number
of windows on either side. Both are means over several random splits.

A statistic is a function of the features of generated and of real windows. The driver
`score_fidelity` calls each one that a catalogue row names, for samples, halves and white noise.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import fft, signal

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.scores import Score, ScoreSpec, section_scores, unknown
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.scoring_data import ScoringData

_FRONTOPOLAR = ("FP", "AF")  # prefixes of names of the 10-05 system

N_SPLITS = 10
"""Random splits that a score and its floor are averaged over."""

_Statistics = dict[str, NDArray[np.float64]]
"""Statistics of two sides by name: a number, or one per part."""

_AT_ONCE = 256  # windows whose features are computed together, which limits the memory


@dataclass(frozen=True)
class Features:
    """Features of n windows, computed once and shared by all splits."""

    freqs: NDArray[np.float64]  # (F,) Hz
    psd: NDArray[np.float32]  # (n, C, F) uV^2/Hz
    power: NDArray[np.float32]  # (n, C, bands) uV^2, in the order of BANDS
    covariance: NDArray[np.float32]  # (n, C, C) uV^2
    autocorrelation: NDArray[np.float32]  # (n, C, T/2), lag 1 sample first
    moments: NDArray[np.float64]  # (n, C, 3): means of the 2nd, 3rd and 4th powers, in uV^power
    frontal: NDArray[np.bool_]  # (C,) frontopolar electrodes, where blinks are largest
    subjects: NDArray[np.str_] | None  # (n,); None if windows are not matched by subject

    def take(self, rows: NDArray[np.intp] | slice) -> "Features":
        """Return the features of some windows; those of a slice are not copied."""
        return Features(
            self.freqs,
            self.psd[rows],
            self.power[rows],
            self.covariance[rows],
            self.autocorrelation[rows],
            self.moments[rows],
            self.frontal,
            None if self.subjects is None else self.subjects[rows],
        )


def power_spectra(
    windows: NDArray[np.float32], sfreq: float
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Compute Welch spectra.

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


def fidelity_features(
    windows: NDArray[np.float32],
    sfreq: float,
    subjects: NDArray[np.str_] | None = None,
    channels: Collection[str] = (),
) -> Features:
    """Compute the features of windows.

    Args:
        windows: (n, C, T) uV.
        sfreq: Hz.
        subjects: (n,) where statistics per person are needed.
        channels: Names of the C electrodes; without names, none counts as frontopolar.
    """
    starts = range(0, max(len(windows), 1), _AT_ONCE)
    batches = [_features_of_each(windows[i : i + _AT_ONCE], sfreq) for i in starts]
    names = channels or [""] * windows.shape[1]
    return Features(
        freqs=power_spectra(windows[:1], sfreq)[0],
        **{name: np.concatenate([of[name] for of in batches]) for name in batches[0]},
        frontal=np.array([name.upper().startswith(_FRONTOPOLAR) for name in names]),
        subjects=subjects,
    )


def _features_of_each(windows: NDArray[np.float32], sfreq: float) -> dict[str, NDArray[Any]]:
    """Compute the fields of `Features` that have a row per window."""
    freqs, psd = power_spectra(windows, sfreq)
    centred = windows - windows.mean(-1, keepdims=True)
    n = windows.shape[-1]
    spectrum = fft.rfft(centred, 2 * n)
    lagged = fft.irfft(spectrum * spectrum.conj(), 2 * n)[..., : n // 2 + 1]
    variance = np.maximum(lagged[..., :1], np.finfo(np.float32).tiny)
    wide = centred.astype(np.float64)
    square = wide**2
    return {
        "psd": psd,
        "power": band_power(freqs, psd),
        "covariance": centred @ centred.transpose(0, 2, 1) / n,
        "autocorrelation": (lagged / variance)[..., 1:],
        "moments": np.stack([of.mean(-1) for of in (square, square * wide, square**2)], -1),
    }


def band_power_ratio(a: Features, b: Features) -> NDArray[np.floating]:
    """Return the power of `a` over power of `b`, (bands,)."""
    return a.power.mean((0, 1)) / b.power.mean((0, 1))


def band_similarity(a: Features, b: Features) -> NDArray[np.floating]:
    """Return 1 - Kolmogorov-Smirnov distance of band powers over windows, (bands,)."""
    return 1 - ks_distance(a.power, b.power).mean(0)


def ks_distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Compute two-sample Kolmogorov-Smirnov distances along the first axis."""
    both = np.concatenate([a, b])
    order = np.argsort(both, axis=0)
    gap = np.cumsum(np.where(order < len(a), 1 / len(a), -1 / len(b)), axis=0)
    ordered = np.take_along_axis(both, order, axis=0)
    gap[:-1][ordered[1:] == ordered[:-1]] = 0  # the two step together at tied values
    return np.abs(gap).max(axis=0)


def psd_distance(a: Features, b: Features) -> float:
    """Return the root-mean-square difference of mean spectra, dB."""
    inside = (a.freqs >= BANDS["delta"][0]) & (a.freqs <= BANDS["gamma"][1])
    ratio = a.psd.mean(0)[:, inside] / b.psd.mean(0)[:, inside]
    return float(np.sqrt(np.mean((10 * np.log10(ratio)) ** 2)))


def covariance_error(a: Features, b: Features) -> float:
    """Return the relative Frobenius distance of mean covariances, `b` the reference."""
    real = b.covariance.mean(0)
    return float(np.linalg.norm(a.covariance.mean(0) - real) / np.linalg.norm(real))


def subject_covariance_error(a: Features, b: Features) -> float:
    """Return `covariance_error` of one subject's windows, averaged over subjects.

    The i-th windows of both sides belong to one subject; NaN if they do not.
    """
    people = by_subject(a, b)
    return float(np.mean([covariance_error(*own) for own in people])) if people else float("nan")


def by_subject(a: Features, b: Features) -> list[tuple[Features, Features]]:
    """Return both sides for each subject; none if windows are not matched by subject.

    The windows of each subject must be contiguous, as `split_halves` returns them.

    Raises:
        ValueError: if they are not.
    """
    if b.subjects is None or not len(b.subjects):
        return []
    ends = [*(np.flatnonzero(b.subjects[1:] != b.subjects[:-1]) + 1), len(b.subjects)]
    if len(ends) != len(np.unique(b.subjects)):
        raise ValueError("expected the windows of each subject to be contiguous")
    rows = [slice(start, end) for start, end in pairwise([0, *ends])]
    return [(a.take(own), b.take(own)) for own in rows]


def autocorrelation_error(a: Features, b: Features) -> float:
    """Return the mean absolute difference of mean autocorrelations."""
    return float(np.abs(a.autocorrelation.mean(0) - b.autocorrelation.mean(0)).mean())


def score_fidelity(data: ScoringData, seed: int) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Score the released samples against real windows of the same subjects.

    Returns:
        The statistics of section `fidelity`, and the arrays that the report draws.
    """
    subjects = data.windows["subject"].to_numpy(str)
    real = fidelity_features(data.real, data.sfreq, subjects, data.channels)
    generated = fidelity_features(data.generated, data.sfreq, subjects[data.matched], data.channels)
    splits = [
        split_halves(data.windows, data.samples["subject"], derive_seed(seed, "fidelity", str(i)))
        for i in range(N_SPLITS)
    ]
    specs = [spec for spec in section_scores("fidelity").values() if spec.function]
    statistics = {spec.name: spec.load() for spec in specs}

    def compare(a: Features, b: Features) -> _Statistics:
        return {name: np.array(of(a, b), np.float64) for name, of in statistics.items()}

    floors: list[_Statistics] = []
    training: list[_Statistics] = []
    n = len(splits[0][0])
    if n:  # one split at a time: copies of features are large
        values = [compare(generated.take(g), real.take(b)) for _, b, g in splits]
        floors = [compare(real.take(a), real.take(b)) for a, b, _ in splits]
        if data.training is not None:
            recorded = fidelity_features(data.training, data.sfreq, subjects, data.channels)
            training = [compare(recorded.take(b), real.take(b)) for _, b, _ in splits]
        reference = real.take(splits[0][1])
    else:  # the sides differ in size: their windows are not matched by subject
        reference = replace(real, subjects=None)
        values = [compare(replace(generated, subjects=None), reference)]
    n_compared = n or len(generated.psd)
    noise = fidelity_features(white_noise(data, n_compared, seed), data.sfreq)
    white = compare(noise, reference)

    def over_splits(name: str, compared: list[_Statistics]) -> NDArray[np.float64]:
        return np.array([one[name] for one in compared])

    scores = {
        spec.name: _score_statistic(
            spec,
            values=over_splits(spec.name, values),
            floors=over_splits(spec.name, floors),
            training=over_splits(spec.name, training),
            white=white[spec.name],
        )
        for spec in specs
    }
    section = {"n_windows": n_compared, "n_splits": len(values), **scores}
    matched = real.take(data.matched)
    arrays = {"freqs": real.freqs} | _panels("real", matched) | _panels("generated", generated)
    return section, arrays


def split_halves(
    windows: pd.DataFrame, sample_subjects: "pd.Series[str]", seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return two disjoint halves of the real windows, split by clip, and as many samples.

    The only clip of a subject is cut into an earlier and a later half. Each subject contributes
    the same number of windows to all three, in the same order of subjects.

    Args:
        windows: n rows of the real windows.
        sample_subjects: (m,) subject of each generated sample.
        seed: Seed of the split.

    Returns:
        Rows of the first half, of the second half and of the samples, equally many.
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


def white_noise(data: ScoringData, n: int, seed: int) -> NDArray[np.float32]:
    """Draw white noise with each electrode's real power, (n, C, T), uV."""
    rng = np.random.default_rng(derive_seed(seed, "white noise"))
    noise = rng.standard_normal((n, *data.real.shape[1:]), dtype=np.float32)
    return noise * data.real.std((0, 2))[:, None]


def _score_statistic(
    spec: ScoreSpec,
    values: NDArray[np.float64],
    floors: NDArray[np.float64],
    training: NDArray[np.float64],
    white: NDArray[np.float64],
) -> Score | dict[str, Score]:
    """One score, or one per part, from a statistic's values over splits."""
    if not spec.parts:
        return _score(spec, values, floors, training, white)

    def part(of: NDArray[np.float64], i: int) -> NDArray[np.float64]:
        return of[:, i] if len(of) else of

    return {
        name: _score(spec, part(values, i), part(floors, i), part(training, i), white[i])
        for i, name in enumerate(spec.parts)
    }


def _score(
    spec: ScoreSpec,
    values: NDArray[np.float64],
    floors: NDArray[np.float64],
    training: NDArray[np.float64],
    white: NDArray[np.float64],
) -> Score:
    score = replace(
        _mean_and_extremes(values, spec.missing),
        **spec.facts,
        white_noise=float(white) if np.isfinite(white) else None,
    )
    if len(training):
        score = replace(score, training=_mean_and_extremes(training, spec.missing))
    if not len(floors):
        return replace(score, floor=None, reason="too few real windows to split in two")
    return replace(score, floor=_mean_and_extremes(floors, spec.missing))


def _mean_and_extremes(values: NDArray[np.float64], missing: str) -> Score:
    if not np.isfinite(values).all():
        return unknown(missing or "no power in the windows, or too few of them")
    return Score(float(values.mean()), float(values.min()), float(values.max()))


def _panels(name: str, features: Features) -> dict[str, NDArray[Any]]:
    return {
        # (3, F): quartiles over windows of the spectrum averaged over electrodes
        f"psd_{name}": np.quantile(features.psd.mean(1), [0.25, 0.5, 0.75], axis=0),
        f"power_{name}": features.power.mean(0).T,  # (bands, C)
        f"covariance_{name}": features.covariance.mean(0),  # (C, C)
        f"autocorrelation_{name}": features.autocorrelation.mean((0, 1)),  # (T/2,)
    }
