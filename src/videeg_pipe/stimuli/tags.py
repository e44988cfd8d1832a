"""Frequencies at which a stimulus flickers, from its stimulus track."""

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.stores import TRACK_CHANNELS

BRIGHTNESS = [TRACK_CHANNELS.index(name) for name in ("luminance", "contrast")]
"""Rows of the stimulus track in which flicker is found."""
_LEAST_SHARE = 0.3  # of the variance of a row, in one line of its spectrum
_LEAST_SD = 0.01  # of luminance or contrast: less is the noise of a video's coding
_LEAST_HZ, _LEAST_CYCLES = 1.0, 5
_FINER = 16  # interpolation of the spectrum


def tagged_hz(track: NDArray[np.floating], times_s: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the frequencies of steady flicker, ascending; none for films and codes.

    Args:
        track: (K, m), rows as TRACK_CHANNELS.
        times_s: (m,) presentation times.
    """
    if len(times_s) < 2 * _LEAST_CYCLES:
        return ()
    from scipy.signal import find_peaks  # takes half a second of each job that knows conditions

    n, step_s = len(times_s), (times_s[-1] - times_s[0]) / (len(times_s) - 1)
    hz = np.fft.rfftfreq(_FINER * n, step_s)
    found: list[float] = []
    for row in np.asarray(track, np.float64)[BRIGHTNESS]:
        row = row - row.mean()
        amplitude = np.abs(np.fft.rfft(row * np.hanning(n), _FINER * n))
        power = (4 * amplitude / n) ** 2 / 2  # variance of a sine of this frequency, under Hann
        least = max(_LEAST_SHARE * row.var(), _LEAST_SD**2)
        peaks, _ = find_peaks(power, height=least, distance=_FINER)
        for peak in peaks:
            new = all(abs(hz[peak] - old) * n * step_s > 1 for old in found)
            if new and hz[peak] >= max(_LEAST_HZ, _LEAST_CYCLES / (n * step_s)):
                found.append(float(round(hz[peak], 3)))
    return tuple(sorted(found))
