"""Signal graphs: correlations of electrodes per band, over training windows."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.runtime.progress import progress

_ORDER = 4


def band_correlations(
    store: EegStore, windows: pd.DataFrame, normalisation: ChannelScales
) -> dict[str, NDArray[np.float64]]:
    """Compute Pearson correlations of channels per band, over all samples of the windows.

    Whole recordings are filtered, one at a time, so that windows have no edge effects.

    Args:
        store: The preprocessed recordings.
        windows: Rows of the `cut` table.
        normalisation: Scales that EEG is divided by, so that no subject outweighs the others.

    Returns:
        Band to correlations, (C, C); zero for a channel without power in the band.
    """
    n_channels = len(store.channels)
    n = 0
    total = {band: np.zeros(n_channels) for band in BANDS}
    products = {band: np.zeros((n_channels, n_channels)) for band in BANDS}
    places = windows.groupby("recording_id")
    for recording_id, rows in progress(places, "signal graphs", total=places.ngroups):
        scale = normalisation.scale(rows["subject"].iloc[:1])[0]  # (C, 1)
        eeg = store.recording(str(recording_id)) / scale
        inside = _inside(rows, eeg.shape[1])
        n += inside.sum()
        for band, filtered in _bands(eeg, store.sfreq):
            samples = filtered[:, inside]
            total[band] += samples.sum(axis=1)
            products[band] += samples @ samples.T
    return {band: _pearson(products[band] / n, total[band] / n) for band in BANDS}


def signal_adjacency(correlations: NDArray[np.float64], n_neighbours: int) -> NDArray[np.float64]:
    """Keep the strongest edges of each node.

    Args:
        correlations: (C, C).
        n_neighbours: Edges kept per node; an edge stays if either of its nodes keeps it.

    Returns:
        Absolute correlations, (C, C), symmetric, zero on the diagonal.
    """
    weights = np.abs(correlations)
    np.fill_diagonal(weights, 0)
    weakest_first = np.argsort(weights, axis=1, kind="stable")
    kept = np.zeros(weights.shape, dtype=bool)
    np.put_along_axis(kept, weakest_first[:, -n_neighbours:], True, axis=1)
    return np.where(kept | kept.T, weights, 0)


def _bands(eeg: NDArray[np.float32], sfreq: float) -> Iterator[tuple[str, NDArray[np.float64]]]:
    for band, edges in BANDS.items():
        yield band, sosfiltfilt(butter(_ORDER, edges, "bandpass", fs=sfreq, output="sos"), eeg)


def _inside(windows: pd.DataFrame, n_samples: int) -> NDArray[np.bool_]:
    """Whether each sample of a recording lies in one of the windows, (N,)."""
    inside = np.zeros(n_samples, dtype=bool)
    for start, length in zip(windows["start_sample"], windows["n_samples"], strict=True):
        inside[start : start + length] = True
    return inside


def _pearson(products: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    covariance = products - np.outer(mean, mean)
    sd = np.sqrt(np.maximum(np.diag(covariance), 0))
    scale = np.outer(sd, sd)
    return np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
