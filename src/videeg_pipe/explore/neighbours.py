"""Samples whose power is nearest to that of a given one, by band and electrode."""

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.reader.release import Release

MOST = 2000
"""Samples that are searched: a hundred megabytes of EEG, read in about a second."""
_BLOCK = 64
_LEAST_UV2 = 1e-6


class Neighbours:
    """Search among samples of one release; the levels of the last samples are kept."""

    def __init__(self, release: Release) -> None:
        self._release = release.with_fields(("eeg",))
        self._known: tuple[NDArray[np.intp], NDArray[np.float32]] | None = None

    def nearest(
        self, row: int, rows: NDArray[np.intp], n: int
    ) -> tuple[list[tuple[int, float]], int]:
        """Return the n nearest samples with their distances, and how many were searched.

        The distance is the root mean square difference of the levels, in decibels.

        Args:
            row: The sample.
            rows: Rows of samples to search; of more than `MOST`, evenly chosen ones.
            n: Number of neighbours.
        """
        if not len(rows):
            return [], 0
        if len(rows) > MOST:
            rows = rows[np.linspace(0, len(rows) - 1, MOST).astype(int)]
        known = self._known
        if known is None or not np.array_equal(known[0], rows):
            known = self._known = (rows, self._levels(rows))
        own = self._levels(np.array([row]))
        distance = np.sqrt(np.square(known[1] - own).mean(axis=1))
        distance[rows == row] = np.inf
        order = np.argsort(distance, kind="stable")[:n]
        found = [(int(rows[at]), float(distance[at])) for at in order]
        return [pair for pair in found if np.isfinite(pair[1])], len(rows)

    def _levels(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Levels of samples in dB, (n, bands x C); one block of EEG is in memory."""
        blocks = [
            band_levels(
                np.stack([self._release[int(row)]["eeg"] for row in rows[first : first + _BLOCK]]),
                self._release.sfreq,
            )
            for first in range(0, len(rows), _BLOCK)
        ]
        return np.concatenate(blocks)


def band_levels(eeg: NDArray[np.float32], sfreq: float) -> NDArray[np.float32]:
    """Return the power of each band and electrode in dB re 1 uV^2, (n, bands x C).

    Bands that the windows are too short for, or the rate too low, are left out.

    Args:
        eeg: (n, C, T), microvolts.
        sfreq: Hz.
    """
    n_times = eeg.shape[-1]
    window = np.hanning(n_times + 1)[:-1].astype(np.float32)
    centred = eeg - eeg.mean(axis=-1, keepdims=True)
    power = np.abs(np.fft.rfft(centred * window)) ** 2 * 2 / (window @ window) / n_times
    hz = np.fft.rfftfreq(n_times, 1 / sfreq)
    inside = [(low <= hz) & (hz < high) for low, high in BANDS.values()]
    levels = [power[..., band].sum(axis=-1) for band in inside if band.any()]
    return (10 * np.log10(np.maximum(np.concatenate(levels, axis=1), _LEAST_UV2))).astype(
        np.float32
    )
