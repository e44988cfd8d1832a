"""Decoders of steady-state visual evoked potentials (SSVEP): which flicker does a person look at?

Each decoder computes features of a window and classifies them by a linear discriminant analysis
(LDA) with shrinkage. All classes count as equally frequent, whatever their shares in training.

The scale of the windows must agree between training and test. Windows of several people are
therefore divided by one scale per person and channel before.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyriemann.estimation import Covariances, Shrinkage
from pyriemann.preprocessing import Whitening
from pyriemann.tangentspace import TangentSpace
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.alignment.steady_state import snr_parts
from videeg_pipe.scoring.ssvep.filter_bank import (
    HARMONICS,
    around,
    band_pass,
    band_weights,
    harmonics,
    sub_bands,
)
from videeg_pipe.scoring.stats import standardise

_LEAST_PER_CLASS = 4
"""Windows per class that an LDA needs; means are better with fewer."""
_HALF_WIDTH_HZ = 0.5
_SHRINKAGE = 0.01
"""Of covariances. The estimate of Ledoit and Wolf assumes independent samples and takes longer."""
_RIEMANN_HARMONICS = 2
_CONTROLS = (-3, -2, 2, 3)
"""Frequencies without a flicker beside each tag, in units of 1 / window length."""
_FOLDS = 5
_RANK_TOLERANCE = 1e-6


class SsvepDecoder(ABC):
    """A decoder of labels, some of which have a tagged frequency."""

    def __init__(
        self, sfreq: float, frequencies: Mapping[str, float | None], highest: float
    ) -> None:
        """Set what is known before training.

        Args:
            sfreq: Sampling rate of the windows, Hz.
            frequencies: Label to tagged frequency in Hz; None for labels without one, such as
                rest. Labels of the training that are missing here have none either.
            highest: Upper edge of the recording's filter, Hz.

        Raises:
            UserError: if no label has a frequency, or one lies above `highest`.
        """
        self.sfreq, self.highest = sfreq, min(highest, sfreq / 2)
        self.tags = {str(label): float(hz) for label, hz in frequencies.items() if hz is not None}
        if not self.tags:
            raise UserError(
                "frequencies of labels",
                expected="a tagged frequency of at least one label",
                found="none",
                next_step="name the flicker of each label",
            )
        for label, hz in self.tags.items():
            if not 0 < hz < self.highest:
                raise UserError(
                    f"frequency of {label}",
                    expected=f"below {self.highest:g} Hz, the highest frequency of the recording",
                    found=f"{hz:g} Hz",
                    next_step="leave the label out, or raise the upper edge of the filter",
                )
        self._order = [str(label) for label in frequencies]
        self.classes = np.array(self._order)
        self._model: LinearDiscriminantAnalysis | None = None
        self._means: NDArray[np.float64] | None = None  # of the classes, (k, d)

    def fit(
        self,
        windows: NDArray[np.floating],
        labels: NDArray[Any],
        people: NDArray[Any] | None = None,
    ) -> Self:
        """Train the decoder.

        `classes` become the labels of the training, in the order of `frequencies`, others behind.
        With fewer than four windows of some class, the nearest mean decides instead of the LDA.

        Args:
            windows: (n, C, T).
            labels: (n,).
            people: (n,) person of each window: features are then centred per person, here and in
                `decision`. None: they are not.
        """
        labels = np.asarray(labels).astype(str)
        self.classes = _ordered(labels, self._order)
        described = self._centred(self._describe_training(windows, labels), people)
        self._train(self._flat(described, training=True), labels)
        return self

    def decision(
        self, windows: NDArray[np.floating], people: NDArray[Any] | None = None
    ) -> NDArray[np.float64]:
        """Rate the classes of each window.

        Args:
            windows: (n, C, T).
            people: (n,) person of each window; give it if and only if `fit` had it. The windows
                of a person are then centred on their mean. No label of them is used, but all of
                them at once, and they must show the classes in about the shares of the training.

        Returns:
            (n, k), larger for likelier classes, in the order of `classes`.
        """
        if self._means is None:
            raise RuntimeError("decision needs fit")
        return self._rate(self._flat(self._centred(self._describe(windows), people)))

    def predict(
        self, windows: NDArray[np.floating], people: NDArray[Any] | None = None
    ) -> NDArray[np.str_]:
        """Return the likeliest class of each window, (n,)."""
        return self.classes[self.decision(windows, people).argmax(1)]

    @abstractmethod
    def _describe(self, windows: NDArray[np.floating]) -> NDArray[np.float64]:
        """Features of each window, (n, ...)."""

    def _describe_training(
        self, windows: NDArray[np.floating], labels: NDArray[np.str_]
    ) -> NDArray[np.float64]:
        """Features of training windows, distributed as those of new windows."""
        return self._describe(windows)

    def _centred(
        self, described: NDArray[np.float64], people: NDArray[Any] | None
    ) -> NDArray[np.float64]:
        if people is None:
            return described
        out = np.empty_like(described)
        for name in np.unique(people):
            out[people == name] = self._centre(described[people == name])
        return out

    def _centre(self, described: NDArray[np.float64]) -> NDArray[np.float64]:
        """Features of one person without their mean."""
        return described - described.mean(0)

    def _flat(self, described: NDArray[np.float64], training: bool = False) -> NDArray[np.float64]:
        """Features as the classifier takes them, (n, d)."""
        return described

    def _lines(self, most: int = HARMONICS) -> list[float]:
        """Tags and harmonics, Hz."""
        tags = set(self.tags.values())
        return sorted({line for hz in tags for line in harmonics(hz, self.highest, most)})

    def _train(self, features: NDArray[np.float64], labels: NDArray[np.str_]) -> None:
        """Fit the classifier to features (n, d)."""
        codes = _codes(labels, self.classes)
        k = len(self.classes)
        self._means = np.stack([features[codes == code].mean(0) for code in range(k)])
        self._model = None
        if k > 1 and np.bincount(codes).min() >= _LEAST_PER_CLASS:
            self._model = LinearDiscriminantAnalysis(
                solver="lsqr", shrinkage="auto", priors=np.full(k, 1 / k)
            ).fit(features, codes)

    def _rate(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rate classes by their features, (n, k)."""
        if self._model is not None:
            values = self._model.decision_function(features)
            return values if values.ndim == 2 else np.stack([-values, values], 1) / 2
        assert self._means is not None
        return features @ self._means.T - (self._means**2).sum(1) / 2


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


class TrcaDecoder(SsvepDecoder):
    """Ensemble task-related component analysis, with a filter bank.

    Nakanishi et al. (2018), doi 10.1109/TBME.2017.2694818, as in meegkit. It correlates windows
    with the mean window of a class: only for flickers of known phase and windows with the same
    phase, such as those at one place in the trial. The time of training is quadratic in the
    windows per class.

    Where all labels have a tag, they rate as their correlations. Else an LDA is trained on
    correlations of windows with means that do not contain them.
    """

    def fit(
        self,
        windows: NDArray[np.floating],
        labels: NDArray[Any],
        people: NDArray[Any] | None = None,
    ) -> Self:
        """Train the decoder, as the other decoders do.

        Raises:
            UserError: if meegkit is missing or a class has fewer than two windows.
        """
        names, counts = np.unique(np.asarray(labels).astype(str), return_counts=True)
        if counts.min() < 2:
            raise UserError(
                "decoder trca",
                expected="two windows per class for training",
                found=f"{counts.min()} of {names[counts.argmin()]}",
                next_step="choose another decoder, such as cca",
            )
        return super().fit(windows, labels, people)

    def _describe(self, windows: NDArray[np.floating]) -> NDArray[np.float64]:
        return self._components(windows)

    def _describe_training(
        self, windows: NDArray[np.floating], labels: NDArray[np.str_]
    ) -> NDArray[np.float64]:
        codes, k = _codes(labels, self.classes), len(self.classes)
        bands = sub_bands(self.tags.values(), self.highest)
        self._components = _TaskRelated(bands, self.sfreq).fit(windows, codes)
        if self._all_tagged():
            return self._components(windows)
        out = np.empty((len(windows), k))
        folds = StratifiedKFold(min(_FOLDS, np.bincount(codes).min()))
        for rows, others in folds.split(windows, codes):
            parts = _TaskRelated(bands, self.sfreq).fit(windows[rows], codes[rows])
            out[others] = parts(windows[others])
        return out

    def _rate(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        return features if self._all_tagged() else super()._rate(features)

    def _all_tagged(self) -> bool:
        return set(self.classes.tolist()) <= set(self.tags)


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
        """Train on windows (n, C, T) of classes 0 to k - 1, at least two of each."""
        self._subspace = _subspace(windows)
        for band in self._bands:
            with warnings.catch_warnings():
                # eigenvectors of symmetric matrices are real up to rounding
                warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
                band.fit(self._projected(windows), codes)
        return self

    def __call__(self, windows: NDArray[np.floating]) -> NDArray[np.float64]:
        """Correlate windows with the means of the classes, (n, k)."""
        x = self._projected(windows)  # (T, C', n)
        fused = np.zeros((x.shape[2], len(self._bands[0].classes)))
        for weight, band in zip(band_weights(len(self._bands)), self._bands, strict=True):
            filters = band.coef_[0]  # (k, C')
            filtered = _trca().bandpass(x, self._sfreq, *band.filterbank[0])
            new = standardise(np.einsum("tcn,kc->nkt", filtered, filters))
            means = standardise(np.einsum("jtc,kc->jkt", band.trains[:, 0], filters))
            fused += weight * new @ means.T
        return fused

    def _projected(self, windows: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.einsum("nct,cd->tdn", windows, self._subspace)


DECODERS: Mapping[str, type[SsvepDecoder]] = {
    "riemann": RiemannDecoder,
    "cca": CcaDecoder,
    "spectra": SpectraDecoder,
    "trca": TrcaDecoder,
}


def _ordered(labels: NDArray[np.str_], order: list[str]) -> NDArray[np.str_]:
    """Return the labels that occur: those in `order` first, others sorted behind."""
    found = set(labels.tolist())
    return np.array([*(name for name in order if name in found), *sorted(found - set(order))])


def _codes(labels: NDArray[np.str_], classes: NDArray[np.str_]) -> NDArray[np.intp]:
    places = {name: place for place, name in enumerate(classes.tolist())}
    return np.array([places[name] for name in labels.tolist()])


def _orthonormal(signals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an orthonormal basis of each window's channels, (n, C, T); 0 where rank is missing."""
    centred = signals - signals.mean(-1, keepdims=True)
    _, values, basis = np.linalg.svd(centred, full_matrices=False)
    kept = values > _RANK_TOLERANCE * np.maximum(values[:, :1], np.finfo(np.float64).tiny)
    return basis * kept[..., None]


def _trca() -> ModuleType:
    """Import meegkit's module, of the optional extra `ssvep`."""
    try:
        return import_module("meegkit.trca")
    except ImportError as error:
        raise UserError(
            "decoder trca",
            expected="the package meegkit",
            found="none in this environment",
            next_step="install it by pip install 'videeg-pipe[ssvep]', or choose another decoder",
        ) from error


def _subspace(windows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return an orthonormal basis of the channels' span, (C, rank): TRCA needs full rank."""
    values, vectors = np.linalg.eigh(np.einsum("nct,ndt->cd", windows, windows))
    return vectors[:, values > _RANK_TOLERANCE**2 * values[-1]]


def _chebyshev_edges(low: float, high: float, sfreq: float) -> list[tuple[float, float]]:
    """Pass band and stop band of a Chebyshev filter, Hz."""
    nyquist = sfreq / 2
    high = min(high, 0.9 * nyquist)
    return [(low, high), (0.7 * low, min(1.2 * high, 0.98 * nyquist))]
