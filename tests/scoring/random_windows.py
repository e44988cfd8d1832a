"""Random windows, and their spectra from mne, for comparison with second implementations."""

import numpy as np
from mne.time_frequency import psd_array_welch

SFREQ = 200.0


def windows(seed, n=12, channels=4, n_samples=200):
    """Noise whose neighbours, in time and among electrodes, are correlated."""
    noise = np.random.default_rng(seed).standard_normal((n, channels + 1, n_samples + 4))
    smooth = noise[..., 2:-2] + 0.5 * (noise[..., 1:-3] + noise[..., 3:-1])
    return 10 * (smooth[:, 1:] + smooth[:, :-1])


A, B = windows(0), windows(1)


def mne_power(x, low, high):
    """Spectral density of x (..., T) from `low` to below `high` Hz, and the power in it."""
    psd, _ = psd_array_welch(
        x, SFREQ, fmin=low, fmax=high - 0.01, n_fft=200, window="hann", verbose="error"
    )
    return psd, psd.sum(-1) * SFREQ / 200
