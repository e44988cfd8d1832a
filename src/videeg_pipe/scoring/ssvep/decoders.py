"""Decoders of steady-state visual evoked potentials (SSVEP): which flicker does a person look at?

Each decoder computes features of a window and classifies them by a linear discriminant analysis
(LDA) with shrinkage. All classes count as equally frequent, whatever their shares in training.

The scale of the windows must agree between training and test. Windows of several people are
therefore divided by one scale per person and channel before.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyriemann.estimation import Covariances, Shrinkage
from pyriemann.preprocessing import Whitening
from pyriemann.tangentspace import TangentSpace
from sklearn.pipeline import make_pipeline

from videeg_pipe.scoring.alignment.steady_state import snr_parts
from videeg_pipe.scoring.ssvep.base import RANK_TOLERANCE, SsvepDecoder
from videeg_pipe.scoring.ssvep.filter_bank import (
    around,
    band_pass,
    band_weights,
    harmonics,
    sub_bands,
)
from videeg_pipe.scoring.ssvep.trca import TrcaDecoder

_HALF_WIDTH_HZ = 0.5
_SHRINKAGE = 0.01
"""Of covariances. The estimate of Ledoit and Wolf assumes independent samples and takes longer."""
_RIEMANN_HARMONICS = 2
_CONTROLS = (-3, -2, 2, 3)
"""Frequencies without a flicker beside each tag, in units of 1 / window length."""


class SpectraDecoder(SsvepDecoder):
    """Power at each tag and its harmonics over neighbouring frequencies, per channel.

    Features are log(1 + ratio): the logarithm alone has a heavy tail towards 0, which disturbs the
    LDA. The plain baseline: no spatial filter but that of the LDA.
    """

    def _describe(self, windows: NDArray[np.floating]) -> NDArray[np.float64]:
        parts = [snr_parts(windows, line, self.sfreq) for line in self._lines()]
        least = np.finfo(np.float64).tiny
        return np.concatenate([np.log1p(signal / (noise + least)) for signal, noise in parts], 1)


class CcaDecoder(SsvepDecoder):
    """Canonical correlation with sines and cosines of each tag and its harmonics, per sub-band.

    Lin et al. (2006), doi 10.1109/TBME.2006.886577; with the filter bank of Chen et al. (2015),
    doi 10.1088/1741-2560/12/4/046008, where the recording keeps harmonics. The LDA of all
    correlations lets a label without a tag compete.

    Without `fit`, or with fewer than four windows of some class, nothing is trained: a label rates
    as the weighted sum of its squared correlations, as in Chen et al. A label without a tag rates
    as the best of neighbouring frequencies at which nothing flickers.

    Correlations of noise rise with channels per sample: choose channels for short windows.
    """

    def decision(
        self, windows: NDArray[np.floating], people: NDArray[Any] | None = None
    ) -> NDArray[np.float64]:
        """Rate the classes of each window, (n, k); `people` has no effect without training."""
        if self._model is not None:
            return super().decision(windows, people)
        controls = self._controls(windows.shape[-1])
        hz = list(dict.fromkeys([*self.tags.values(), *controls]))
        correlations = self._correlations(windows, hz)
        fused = np.einsum("b,nbf->nf", band_weights(correlations.shape[1]), correlations**2)
        at = dict(zip(hz, fused.T, strict=True))
        nothing = np.max([at[control] for control in controls], axis=0)
        rated = [at[self.tags[name]] if name in self.tags else nothing for name in self.classes]
        return np.stack(rated, 1)

    def _describe(self, windows: NDArray[np.floating]) -> NDArray[np.float64]:
        hz = list(dict.fromkeys(self.tags.values()))
        return self._correlations(windows, hz).reshape(len(windows), -1)

    def _correlations(
        self, windows: NDArray[np.floating], frequencies: list[float]
    ) -> NDArray[np.float64]:
        """Largest canonical correlations, (n, bands, frequencies)."""
        bases = [self._references(hz, windows.shape[-1]) for hz in frequencies]
        bands = []
        for low, high in sub_bands(self.tags.values(), self.highest):
            signals = _orthonormal(band_pass(windows, low, high, self.sfreq))  # (n, C, T)
            bands.append([np.linalg.norm(signals @ base, 2, axis=(1, 2)) for base in bases])
        return np.moveaxis(np.array(bands), 2, 0)

    def _references(self, hz: float, n_samples: int) -> NDArray[np.float64]:
        """Orthonormal basis of sines and cosines, (T, 2 * harmonics)."""
        phase = 2 * np.pi * np.arange(n_samples) / self.sfreq
        lines = harmonics(hz, self.highest)
        waves = np.stack([of(phase * line) for line in lines for of in (np.sin, np.cos)], 1)
        return np.linalg.qr(waves - waves.mean(0))[0]

    def _controls(self, n_samples: int) -> list[float]:
        """Frequencies beside the tags and apart from all of them, Hz."""
        step, tags = self.sfreq / n_samples, np.array(list(self.tags.values()))
        beside = {round(hz + step * by, 9) for hz in tags for by in _CONTROLS}
        apart = [hz for hz in sorted(beside) if np.abs(tags - hz).min() > 1.5 * step]
        return [hz for hz in apart if 0 < hz < self.highest] or [tags.min() / 2]


class RiemannDecoder(SsvepDecoder):
    """Covariances of signals filtered around each tag and its harmonics, in the tangent space.

    Kalunga et al. (2016), doi 10.1016/j.neucom.2016.01.007, take one covariance of all filtered
    signals. Here it is one per frequency, without the blocks between frequencies, which are
    near 0.

    With `people`, covariances are whitened by the person's mean instead of centred: re-centring of
    Zanini et al. (2018), doi 10.1109/TBME.2017.2742541.
    """

    _spaces: list[TangentSpace]  # one per frequency

    def _describe(self, windows: NDArray[np.floating]) -> NDArray[np.float64]:
        """Covariances, (n, frequencies, C, C)."""
        estimator = make_pipeline(Covariances("scm"), Shrinkage(_SHRINKAGE))
        signals = (
            around(windows, line, _HALF_WIDTH_HZ, self.sfreq)
            for line in self._lines(_RIEMANN_HARMONICS)
        )
        return np.stack([estimator.fit_transform(part) for part in signals], 1)

    def _centre(self, described: NDArray[np.float64]) -> NDArray[np.float64]:
        parts = np.moveaxis(described, 1, 0)
        return np.stack([Whitening(metric="riemann").fit_transform(part) for part in parts], 1)

    def _flat(self, described: NDArray[np.float64], training: bool = False) -> NDArray[np.float64]:
        parts = np.moveaxis(described, 1, 0)
        if training:
            self._spaces = [TangentSpace(metric="riemann").fit(part) for part in parts]
        pairs = zip(self._spaces, parts, strict=True)
        return np.concatenate([space.transform(part) for space, part in pairs], 1)


DECODERS: Mapping[str, type[SsvepDecoder]] = {
    "riemann": RiemannDecoder,
    "cca": CcaDecoder,
    "spectra": SpectraDecoder,
    "trca": TrcaDecoder,
}


def _orthonormal(signals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an orthonormal basis of each window's channels, (n, C, T); 0 where rank is missing."""
    centred = signals - signals.mean(-1, keepdims=True)
    _, values, basis = np.linalg.svd(centred, full_matrices=False)
    kept = values > RANK_TOLERANCE * np.maximum(values[:, :1], np.finfo(np.float64).tiny)
    return basis * kept[..., None]
