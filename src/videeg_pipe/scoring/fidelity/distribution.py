"""How strength and shape vary over the windows of a person at an electrode.

Mean spectra and covariances are the same for rare large events, such as blinks, and for steady
noise of equal power, and do not depend on the sign of events. These scores do. Each compares the
windows of one person at one electrode, and averages over people and electrodes: over all, and over
the frontopolar ones.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.scoring.fidelity.statistics import Features, by_subject

Values = NDArray[np.floating]


def log_power_error(a: Features, b: Features) -> Values:
    """Return the mean absolute difference of mean log power, dB: (2,), all and frontopolar."""

    def mean(of: Features) -> Values:
        return 10 / np.log(10) * _log_power(of).mean(0)

    return _averaged(a, b, lambda x, y: np.abs(mean(x) - mean(y)))


def log_power_spread_ratio(a: Features, b: Features) -> Values:
    """Return the ratio of the SDs of log power over windows: (2,), all and frontopolar."""

    def log_sd(of: Features) -> Values:
        return np.log(_log_power(of).std(0))

    with np.errstate(divide="ignore", invalid="ignore"):  # a single window has no spread
        return np.exp(_averaged(a, b, lambda x, y: log_sd(x) - log_sd(y)))


def kurtosis_ratio(a: Features, b: Features) -> Values:
    """Return the ratio of the kurtoses of all samples: (2,), all and frontopolar."""

    def log_kurtosis(of: Features) -> Values:
        square, _, fourth = np.moveaxis(of.moments.mean(0), -1, 0)  # (C,) each
        return np.log(fourth / square**2)

    return np.exp(_averaged(a, b, lambda x, y: log_kurtosis(x) - log_kurtosis(y)))


def skewness_error(a: Features, b: Features) -> Values:
    """Return the mean absolute difference of skewness of all samples: (2,), all and frontopolar."""

    def skewness(of: Features) -> Values:
        square, third, _ = np.moveaxis(of.moments.mean(0), -1, 0)  # (C,) each
        return third / square**1.5

    with np.errstate(divide="ignore", invalid="ignore"):  # flat windows
        return _averaged(a, b, lambda x, y: np.abs(skewness(x) - skewness(y)))


def _log_power(of: Features) -> Values:
    """Natural logarithm of the power in all bands, (n, C)."""
    return np.log(np.maximum(of.power.sum(-1), np.finfo(np.float32).tiny))


def _averaged(a: Features, b: Features, compare: Callable[[Features, Features], Values]) -> Values:
    """Average a comparison per electrode over people and electrodes; NaN without any."""
    pairs = by_subject(a, b)
    if not pairs:
        return np.full(2, np.nan)
    mean = np.mean([compare(*pair) for pair in pairs], axis=0)  # (C,)
    return np.array([mean.mean(), mean[b.frontal].mean() if b.frontal.any() else np.nan])
