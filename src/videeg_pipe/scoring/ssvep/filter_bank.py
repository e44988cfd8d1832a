"""Harmonics of a flicker, and filters around and above them."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import signal

HARMONICS = 5
"""As many as Chen et al. (2015) found useful."""
_BELOW_HZ = 2.0
"""Distance of a sub-band's lower edge from the harmonic above it."""
_ORDER, _NARROW_ORDER = 4, 2


def harmonics(hz: float, highest: float, most: int = HARMONICS) -> list[float]:
    """Return a frequency and its multiples below the upper edge of the recording's filter, Hz."""
    return [k * hz for k in range(1, most + 1) if k == 1 or k * hz < highest]


def sub_bands(tags: Iterable[float], highest: float) -> list[tuple[float, float]]:
    """Return the filter bank of Chen et al. (2015), doi 10.1088/1741-2560/12/4/046008, their M3.

    Band m reaches from the m-th harmonic of the lowest tag to the upper edge of the recording's
    filter. Bands above the m-th harmonic of some tag are left out: they say nothing about it.

    Args:
        tags: Tagged frequencies, Hz.
        highest: Upper edge of the recording's filter, Hz.

    Returns:
        Lower and upper edge of each band, Hz; at least one band.
    """
    low, high = min(tags), max(tags)
    kept = [m for m in range(1, HARMONICS + 1) if m == 1 or m * high < highest]
    return [(max(m * low - _BELOW_HZ, low / 2), highest) for m in kept]


def band_weights(n: int) -> NDArray[np.float64]:
    """Return the weights of n sub-bands, m^-1.25 + 0.25 for the m-th."""
    return np.arange(1.0, n + 1.0) ** -1.25 + 0.25


def band_pass(
    windows: NDArray[np.floating], low: float, high: float, sfreq: float
) -> NDArray[np.float64]:
    """Filter windows (n, C, T) between two frequencies, without delay."""
    return _filtered(windows, _ORDER, low, high, sfreq)


def around(
    windows: NDArray[np.floating], hz: float, half_width: float, sfreq: float
) -> NDArray[np.float64]:
    """Filter windows (n, C, T) to `hz` +- `half_width`, without delay."""
    low = max(hz - half_width, hz / 2)
    return _filtered(windows, _NARROW_ORDER, low, hz + half_width, sfreq)


def _filtered(
    windows: NDArray[np.floating], order: int, low: float, high: float, sfreq: float
) -> NDArray[np.float64]:
    high = min(high, 0.98 * sfreq / 2)
    sections = signal.butter(order, (low, high), "bandpass", fs=sfreq, output="sos")
    # a narrow filter rings for longer than a short window: use all of the window as padding
    return signal.sosfiltfilt(sections, windows, axis=-1, padlen=windows.shape[-1] - 1)
