"""Steady-state responses: power at the frequencies of a flicker, over the neighbouring power."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.bands import HIGHEST_HZ
from videeg_pipe.contracts.scores import Score, score_spec, unknown
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.stats import clip_weights, enough_clips, percentile_interval

_HARMONICS = 3
_NEIGHBOURS = (-3, -2, 2, 3)  # in units of 1 / window length; the next ones share its leakage
_LEAST_STEPS = 1.5  # between lines of two stimuli, in units of 1 / window length


@dataclass(frozen=True)
class _Snr:
    """The SNR at a frequency and its harmonics."""

    log: float
    draws: NDArray[np.float64] | None  # (B,) the same, bootstrapped
    n_windows: int


def score_steady_state(
    generated: NDArray[np.floating],
    real: NDArray[np.floating],
    windows: pd.DataFrame,
    clips: "pd.Series[Any]",
    tags: Mapping[str, Sequence[float]],
    sfreq: float,
    bootstrap: int,
    seed: int,
    highest_hz: float = HIGHEST_HZ,
) -> Score:
    """Score the signal-to-noise ratio of released samples at the frequencies of their stimulus.

    Args:
        generated: (n, C, T) samples.
        real: (n, C, T) real windows that they were generated for.
        windows: Their n rows of the `windows` table.
        clips: (n,) units of the bootstrap.
        tags: Frequencies of each video, Hz.
        sfreq: Hz.
        bootstrap: Draws of the bootstrap over clips.
        seed: Seed of the run.
        highest_hz: That the recordings' filter keeps; no harmonic above it is scored.

    Returns:
        The entry `steady_state_snr`: the geometric mean over frequencies and harmonics; `ceiling`,
        that of real windows; `floor`, that of samples at the frequencies of other stimuli, if there
        are any; `frequencies`, these per fundamental in Hz.
    """
    video = windows["video_id"].to_numpy()
    length_s, counted = real.shape[-1] / sfreq, np.zeros(len(video), bool)
    highest_hz = min(highest_hz, sfreq / 2)

    def snr(x: NDArray[np.floating], rows: NDArray[np.bool_], hz: float) -> _Snr:
        units = clips[rows].reset_index(drop=True)
        weights = None
        if enough_clips(units):
            weights = clip_weights(units, bootstrap, derive_seed(seed, "steady_state", f"{hz:g}"))
        return _snr(x[rows], hz, sfreq, weights, highest_hz)

    shown: dict[str, Score] = {}
    own, others, recorded = [], [], []
    for hz in sorted({hz for name in set(video) for hz in tags.get(name, ())}):
        tagged = np.array([hz in tags.get(name, ()) for name in video], bool)
        own.append(snr(generated, tagged, hz))
        recorded.append(snr(real, tagged, hz))
        shown[f"{hz:g}"] = replace(_score(own[-1:]), ceiling=_score(recorded[-1:]))
        lines = _lines(hz, highest_hz)
        shown_lines = {
            name: [line for tag in tags.get(name, ()) for line in _lines(tag, highest_hz)]
            for name in set(video)
        }
        apart = {name: _apart(lines, of, length_s) for name, of in shown_lines.items()}
        other = np.array([apart[name] for name in video], bool)
        if other.any():
            counted |= other
            others.append(snr(generated, other, hz))
            shown[f"{hz:g}"] = replace(shown[f"{hz:g}"], floor=_score(others[-1:]))
    if not shown:
        return unknown(score_spec("alignment", "steady_state_snr").missing)
    entry = replace(_score(own), ceiling=_score(recorded), frequencies=shown)
    if not others:
        return entry
    # each sample is one of the others for several frequencies
    return replace(entry, floor=replace(_score(others), n_windows=int(counted.sum())))


def _apart(lines: Sequence[float], others: Sequence[float], length_s: float) -> bool:
    """Whether there are other lines, and none is near one of `lines` (all in Hz)."""
    near = np.abs(np.subtract.outer(others, lines)) < _LEAST_STEPS / length_s
    return len(others) > 0 and not near.any()


def _lines(hz: float, highest: float) -> list[float]:
    """A frequency and its harmonics that are scored, Hz."""
    return [k * hz for k in range(1, _HARMONICS + 1) if k == 1 or k * hz < highest]


def snr_parts(
    x: NDArray[np.floating], hz: float, sfreq: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return power at a frequency and its mean at the neighbours, (n, C) each.

    Args:
        x: (n, C, T).
        hz: The frequency; it need not be a whole number of cycles per window.
        sfreq: Hz.
    """
    times_s = np.arange(x.shape[-1]) / sfreq
    x = x - x.mean(-1, keepdims=True)
    step = sfreq / x.shape[-1]
    at = hz + step * np.array((0, *_NEIGHBOURS))
    waves = np.exp(-2j * np.pi * np.outer(times_s, at))  # (T, 1 + neighbours)
    power = np.abs(x @ waves) ** 2
    return power[..., 0], power[..., 1:].mean(-1)


def _snr(
    x: NDArray[np.floating],
    hz: float,
    sfreq: float,
    weights: NDArray[np.float64] | None,
    highest_hz: float,
) -> "_Snr":
    """Logarithm of the SNR, averaged over electrodes first and then over harmonics."""
    values, draws = [], []
    for line in _lines(hz, highest_hz):
        signal, noise = snr_parts(x, line, sfreq)
        values.append(np.log((signal.mean(0) / noise.mean(0)).mean()))
        if weights is not None:
            draws.append(np.log(((weights @ signal) / (weights @ noise)).mean(1)))  # (B,)
    drawn = np.mean(draws, axis=0) if draws else None
    return _Snr(float(np.mean(values)), drawn, len(x))


def _score(found: "Sequence[_Snr]") -> Score:
    """Geometric mean over frequencies."""
    value = float(np.exp(np.mean([one.log for one in found])))
    score = Score(value, n_windows=sum(one.n_windows for one in found))
    draws = [one.draws for one in found if one.draws is not None]
    if len(draws) < len(found):
        return replace(score, low=None, high=None, reason="too few clips for an interval")
    low, high = percentile_interval(np.exp(np.mean(draws, axis=0)))
    return replace(score, low=low, high=high)
