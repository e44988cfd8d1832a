"""Task-related component analysis, through meegkit."""

import warnings
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.ssvep.base import RANK_TOLERANCE, SsvepDecoder, label_codes
from videeg_pipe.scoring.ssvep.filter_bank import band_weights, sub_bands
from videeg_pipe.scoring.stats import standardise

_FOLDS = 5


class TrcaDecoder(SsvepDecoder):
    """Ensemble task-related component analysis, with a filter bank.

    Nakanishi et al. (2018), doi 10.1109/TBME.2017.2694818, as in meegkit. It correlates windows
    with the mean window of a class: only for flickers of known phase and windows with the same
    phase, such as those at one place in the trial. The time of training is quadratic in the
    windows per class.

    Where all labels have a tag, they rate as their correlations. Else an LDA is trained on
    correlations of windows with means that do not contain them.

    A single window has no covariance between trials. A class with one window has no spatial filter
    of its own, only its window in place of a mean, and labels rate as their correlations. Where no
    class has two windows, the channels are not filtered.

    `fit` raises a UserError if meegkit is missing.
    """

    def _describe(self, windows: NDArray[np.floating]) -> NDArray[np.float64]:
        return self._components(windows)

    def _describe_training(
        self, windows: NDArray[np.floating], labels: NDArray[np.str_]
    ) -> NDArray[np.float64]:
        codes, k = label_codes(labels, self.classes), len(self.classes)
        bands = sub_bands(self.tags.values(), self.highest)
        self._components = _TaskRelated(bands, self.sfreq).fit(windows, codes)
        least = np.bincount(codes).min()
        self._direct = least < 2 or set(self.classes.tolist()) <= set(self.tags)
        if self._direct:
            return self._components(windows)
        out = np.empty((len(windows), k))
        folds = StratifiedKFold(min(_FOLDS, least))
        for rows, others in folds.split(windows, codes):
            parts = _TaskRelated(bands, self.sfreq).fit(windows[rows], codes[rows])
            out[others] = parts(windows[others])
        return out

    def _rate(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        return features if self._direct else super()._rate(features)


class _TaskRelated:
    """Spatial filters and mean windows of k classes, per sub-band."""

    def __init__(self, bands: Sequence[tuple[float, float]], sfreq: float) -> None:
        self._sfreq = sfreq
        # one object per band: meegkit 0.2.0 filters each band of a filter bank by those before
        self._bands = [
            _trca().TRCA(sfreq, [_chebyshev_edges(low, high, sfreq)], ensemble=True)
            for low, high in bands
        ]

    def fit(self, windows: NDArray[np.floating], codes: NDArray[np.intp]) -> Self:
        """Train on windows (n, C, T) of classes 0 to k - 1."""
        self._subspace = _subspace(windows)
        several = np.bincount(codes) > 1
        self._filters = []  # per band: (filters, C')
        for band in self._bands:
            with warnings.catch_warnings():
                # eigenvectors of symmetric matrices are real up to rounding
                warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
                band.fit(self._projected(windows), codes)
            own = band.coef_[0][several]  # those of single windows are arbitrary
            self._filters.append(own if several.any() else np.eye(self._subspace.shape[1]))
        return self

    def __call__(self, windows: NDArray[np.floating]) -> NDArray[np.float64]:
        """Correlate windows with the means of the classes, (n, k)."""
        x = self._projected(windows)  # (T, C', n)
        fused = np.zeros((x.shape[2], len(self._bands[0].classes)))
        weights = band_weights(len(self._bands))
        for weight, band, filters in zip(weights, self._bands, self._filters, strict=True):
            filtered = _trca().bandpass(x, self._sfreq, *band.filterbank[0])
            new = standardise(np.einsum("tcn,fc->nft", filtered, filters))
            means = standardise(np.einsum("jtc,fc->jft", band.trains[:, 0], filters))
            fused += weight * new @ means.T
        return fused

    def _projected(self, windows: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.einsum("nct,cd->tdn", windows, self._subspace)


def _trca() -> ModuleType:
    """Import meegkit's module, of the optional extra `ssvep`."""
    try:
        return import_module("meegkit.trca")
    except ImportError as error:
        raise UserError(
            "decoder trca",
            expected="the package meegkit",
            found="none in this environment",
            next_step="pip install '.[ssvep]' in the repository",
        ) from error


def _subspace(windows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return an orthonormal basis of the channels' span, (C, rank): TRCA needs full rank."""
    values, vectors = np.linalg.eigh(np.einsum("nct,ndt->cd", windows, windows))
    return vectors[:, values > RANK_TOLERANCE**2 * values[-1]]


def _chebyshev_edges(low: float, high: float, sfreq: float) -> list[tuple[float, float]]:
    """Pass band and stop band of a Chebyshev filter, Hz."""
    nyquist = sfreq / 2
    high = min(high, 0.9 * nyquist)
    return [(low, high), (0.7 * low, min(1.2 * high, 0.98 * nyquist))]
