"""Features of a window for classifiers: spectra, covariance, slow waveform."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pyriemann.estimation import Covariances
from pyriemann.geometry.base import logm
from pyriemann.geometry.tangentspace import upper
from pyriemann.tangentspace import TangentSpace
from scipy import signal

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.runtime.threads import one_thread

_EDGES_HZ = (0.5, 2.0, 4.0, 6.0, 8.0, 10.0, 13.0, 17.0, 22.0, 30.0, 40.0)
"""Narrow enough to resolve a peak, few enough to fit a classifier to hundreds of windows."""
_EVOKED_HZ = (1.0, 10.0)
_EVOKED_RATE = 20.0
"""Sampling rate in Hz, twice the highest frequency kept."""


def log_spectra(windows: NDArray[np.floating], sfreq: float) -> NDArray[np.float32]:
    """Compute the log power in ten bands from 0.5 to 40 Hz.

    Args:
        windows: (n, C, T), normalised.
        sfreq: Hz.

    Returns:
        (n, C * bands).
    """
    freqs, power = signal.periodogram(windows, sfreq, window="hann")
    places = [np.flatnonzero((freqs >= low) & (freqs < high)) for low, high in pairwise(_EDGES_HZ)]
    bands = np.stack([power[..., inside].mean(-1) for inside in places if len(inside)], -1)
    return np.log(np.maximum(bands, 1e-9)).reshape(len(windows), -1).astype(np.float32)


def differential_entropy(windows: NDArray[np.floating], sfreq: float) -> NDArray[np.float32]:
    """Compute the differential entropy of each electrode in the five bands, assumed Gaussian.

    log(2 pi e v) / 2 with the variance v in the band (Duan, Zhu and Lu 2013,
    doi 10.1109/NER.2013.6695876).

    Args:
        windows: (n, C, T), normalised.
        sfreq: Hz.

    Returns:
        (n, C * bands), in nats.
    """
    freqs, density = signal.periodogram(windows, sfreq, window="hann")
    inside = [(freqs >= low) & (freqs < high) for low, high in BANDS.values()]
    variance = np.stack([density[..., rows].sum(-1) for rows in inside], -1) * freqs[1]
    entropy = 0.5 * np.log(2 * np.pi * np.e * np.maximum(variance, 1e-9))
    return entropy.reshape(len(windows), -1).astype(np.float32)


def at_rate(windows: NDArray[np.floating], sfreq: float, rate: float) -> NDArray[np.float32]:
    """Downsample windows (n, C, T) to about `rate` Hz; no effect if `sfreq` is not higher."""
    step = max(1, round(sfreq / rate))
    return signal.resample_poly(windows, 1, step, axis=-1, padtype="line").astype(np.float32)


def log_covariances(windows: NDArray[np.floating], sfreq: float) -> NDArray[np.float32]:
    """Compute the matrix logarithm of the covariance between electrodes, upper triangle.

    The log-Euclidean tangent space (Arsigny et al. 2006). The covariance is shrunk (oracle
    approximating shrinkage): a common reference leaves a direction without power, whose logarithm
    would be infinite.

    Args:
        windows: (n, C, T), normalised.
        sfreq: Unused; all features share one signature.

    Returns:
        (n, C * (C + 1) / 2), off-diagonal entries times sqrt(2), which preserves distances.
    """
    with one_thread():
        logs = logm(_shrunk_covariances(windows))
    return upper(logs).astype(np.float32)


def tangent_vectors(windows: NDArray[np.floating], sfreq: float) -> NDArray[np.float32]:
    """Map covariances to the Riemannian tangent space at their log-Euclidean mean.

    Barachant et al. 2012, doi 10.1109/TBME.2011.2172210. Covariances as in `log_covariances`.

    Args:
        windows: (n, C, T), normalised.
        sfreq: Unused; all features share one signature.

    Returns:
        (n, C * (C + 1) / 2), off-diagonal entries times sqrt(2).
    """
    with one_thread():
        space = TangentSpace(metric={"mean": "logeuclid", "map": "riemann"})
        return space.fit_transform(_shrunk_covariances(windows)).astype(np.float32)


def _shrunk_covariances(windows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Compute covariances between electrodes, (n, C, C), all of full rank."""
    jitter = 1e-9 * np.eye(windows.shape[1])  # for flat windows
    return Covariances("oas").transform(windows.astype(np.float64)) + jitter


def slow_course(windows: NDArray[np.floating], sfreq: float) -> NDArray[np.float32]:
    """Band-pass windows from 1 to 10 Hz, at about 20 values per second.

    Args:
        windows: (n, C, T), normalised.
        sfreq: Hz.

    Returns:
        (n, C * values).
    """
    low, high = _EVOKED_HZ
    band = signal.butter(2, (low, min(high, 0.45 * sfreq)), "bandpass", fs=sfreq, output="sos")
    step = max(1, round(sfreq / _EVOKED_RATE))
    slow = signal.sosfiltfilt(band, windows, axis=-1)[..., step // 2 :: step]
    return slow.reshape(len(windows), -1).astype(np.float32)
