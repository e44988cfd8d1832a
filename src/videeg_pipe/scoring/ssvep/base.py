"""Base class of decoders of steady-state visual evoked potentials (SSVEP)."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.ssvep.filter_bank import HARMONICS, harmonics

_LEAST_PER_CLASS = 4
"""Windows per class that an LDA needs; means are better with fewer."""
RANK_TOLERANCE = 1e-6


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
        codes = label_codes(labels, self.classes)
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


def _ordered(labels: NDArray[np.str_], order: list[str]) -> NDArray[np.str_]:
    """Return the labels that occur: those in `order` first, others sorted behind."""
    found = set(labels.tolist())
    return np.array([*(name for name in order if name in found), *sorted(found - set(order))])


def label_codes(labels: NDArray[np.str_], classes: NDArray[np.str_]) -> NDArray[np.intp]:
    """Return the place of each label among the classes, (n,)."""
    places = {name: place for place, name in enumerate(classes.tolist())}
    return np.array([places[name] for name in labels.tolist()])
