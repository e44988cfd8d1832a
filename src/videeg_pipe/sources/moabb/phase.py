"""Where in its cycle a flicker of unknown phase was, from the response to it.

A generator learns a response to light that is locked in time. Where nobody recorded when a lamp was
on, the response itself says so, up to one constant per person and frequency.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

_APART_HZ = 1.0
"""Distance of the neighbouring frequencies that stand for the background."""
_SHRINKAGE = 0.1  # of the background's covariance towards a multiple of the identity


def trial_starts(
    trials: NDArray[np.floating], sfreq: float, frequency: float
) -> NDArray[np.float64]:
    """Estimate at which time of its cycle each trial of a flicker began.

    One spatial filter serves all trials: the one with the largest power at the frequency over that
    at its neighbours (Nikulin et al. 2011, doi 10.1016/j.neuroimage.2011.01.057). Its sign is such
    that its pattern is positive where it is largest. The time is that of the phase of the filtered
    signal.

    Args:
        trials: (n, C, T) of one person, from the start of the stimulus on.
        sfreq: Sampling rate, Hz.
        frequency: Of the flicker, Hz.

    Returns:
        (n,) seconds, from 0 to one cycle.
    """
    centred = trials - trials.mean(axis=-1, keepdims=True)
    at = _coefficients(centred, sfreq, frequency)  # (n, C)
    beside = np.concatenate(
        [_coefficients(centred, sfreq, frequency + apart) for apart in (-_APART_HZ, _APART_HZ)]
    )
    signal, noise = _covariance(at), _covariance(beside)
    level = np.trace(noise) / len(noise)
    noise = (1 - _SHRINKAGE) * noise + _SHRINKAGE * level * np.eye(len(noise))
    _, vectors = eigh(signal, noise)
    weights = vectors[:, -1]
    pattern = signal @ weights
    weights = weights * np.sign(pattern[np.abs(pattern).argmax()])
    cycles = np.angle(at @ weights) / (2 * np.pi)  # of a cosine
    starts: NDArray[np.float64] = (cycles % 1.0) / frequency
    return starts


def _coefficients(
    trials: NDArray[np.floating], sfreq: float, frequency: float
) -> NDArray[np.complex128]:
    """Complex amplitude at a frequency under a Hann window, (n, C)."""
    n_samples = trials.shape[-1]
    wave = np.exp(-2j * np.pi * frequency * np.arange(n_samples) / sfreq)
    found: NDArray[np.complex128] = trials @ (wave * np.hanning(n_samples))
    return found


def _covariance(coefficients: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Covariance of the real parts at all phases, (C, C)."""
    outer: NDArray[np.float64] = (coefficients.T @ coefficients.conj()).real
    return outer / len(coefficients)
