"""Decoders of concept or emotion from windows: linear models and a network."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import update_bn

from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.braindecode_models import braindecode_model
from videeg_pipe.scoring.features import (
    at_rate,
    differential_entropy,
    log_covariances,
    log_spectra,
    slow_course,
)
from videeg_pipe.scoring.fidelity.network import train_classifier

_COMPONENTS = 150
_PASSES, _BATCH, _RATE = 12, 16, 2e-2
"""Chosen on validation windows. Passes over the first training set; a second set adds no steps."""
_NETWORK_HZ = 100.0
"""Sampling rate for EEGNet: close to its own 128 Hz, and enough for 40 Hz."""
_LEAST_SAMPLES = 32
"""Shortest window for EEGNet, which pools by 4, then by 8."""
DECODERS: Mapping[str, Callable[[NDArray[Any], float], NDArray[np.float32]]] = {
    "covariance": log_covariances,
    "spectra": log_spectra,
    "course": slow_course,
    "bands": differential_entropy,
    "eegnet": lambda windows, sfreq: at_rate(windows, sfreq, _NETWORK_HZ),
}
"""The features of a window that each decoder takes."""


@dataclass(frozen=True)
class Examples:
    """Features and labels of n windows, to train or test a decoder on."""

    windows: pd.DataFrame  # n rows of the `windows` table
    features: dict[str, NDArray[np.float32]]  # (n, ...) by name of the decoder

    def take(self, rows: NDArray[Any]) -> "Examples":
        """Return some of the windows."""
        features = {name: values[rows] for name, values in self.features.items()}
        return Examples(self.windows[rows].reset_index(drop=True), features)

    def with_labels(self, target: str, labels: set[str]) -> "Examples":
        """Return the windows with one of these labels."""
        return self.take(self.windows[target].isin(labels).to_numpy())


def decoder_features(
    windows: pd.DataFrame, batches: Iterator[NDArray[np.floating]], sfreq: float
) -> Examples:
    """Compute the features of all decoders for normalised windows, (n, C, T) in batches."""
    parts = [
        {name: features(batch, sfreq) for name, features in DECODERS.items()} for batch in batches
    ]
    features = {name: np.concatenate([part[name] for part in parts]) for name in DECODERS}
    return Examples(windows.reset_index(drop=True), features)


class EegNetClassifier:
    """EEGNet (Lawhern et al. 2018) of braindecode, with scikit-learn's `fit` and `predict`."""

    def __init__(self, steps: int) -> None:
        """Set the number of training batches."""
        self._steps = steps

    def fit(self, x: NDArray[np.float32], labels: NDArray[np.str_]) -> Self:
        """Train on windows (n, C, T) and their labels (n,)."""
        self._names, codes = np.unique(labels, return_inverse=True)
        windows = _long_enough(x)
        with one_thread(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.model = braindecode_model("EEGNetv4")(
                n_chans=x.shape[1], n_outputs=len(self._names), n_times=windows.shape[2]
            )
            self.model.to(memory_format=torch.channels_last)  # two thirds of the time on a CPU
            train_classifier(
                self.model, windows, torch.from_numpy(codes), self._steps, batch=_BATCH, rate=_RATE
            )
            # running means need hundreds of batches to converge, and there may be fewer
            update_bn(windows.split(_BATCH), self.model)
        return self

    @torch.no_grad()
    def predict(self, x: NDArray[np.float32]) -> NDArray[np.str_]:
        """Label windows, (n,)."""
        with one_thread():
            batches = _long_enough(x).split(_BATCH)
            logits = torch.cat([self.model(batch) for batch in batches])
        return self._names[logits.argmax(1).numpy()]


def _long_enough(x: NDArray[np.float32]) -> Tensor:
    """Windows (n, C, T), zero-padded at the end to the length that EEGNet's pooling needs."""
    return functional.pad(torch.from_numpy(x), (0, max(0, _LEAST_SAMPLES - x.shape[-1])))


class Decoder:
    """A classifier on one kind of feature, standardised per subject.

    Classifier and standardisation are fitted to the training windows only.
    """

    def __init__(self, name: str, target: str) -> None:
        """Set the kind of feature and the column of the label."""
        self._name, self._target = name, target

    def fit(self, *training: Examples) -> "Decoder":
        """Train on labelled windows; several sets are joined."""
        windows = pd.concat([part.windows for part in training], ignore_index=True)
        x = np.concatenate([part.features[self._name] for part in training])
        groups = windows.groupby("subject").indices
        self._everyone = _mean_and_sd(x)  # for people without training windows
        self._scales = {str(name): _mean_and_sd(x[rows]) for name, rows in groups.items()}
        linear = make_pipeline(
            PCA(min(_COMPONENTS, len(x) // 2, x[0].size), random_state=0),
            LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        )
        network = EegNetClassifier(_PASSES * -(-len(training[0].windows) // _BATCH))
        self._model = network if self._name == "eegnet" else linear
        self._model.fit(self._standardised(x, windows), windows[self._target].to_numpy(str))
        return self

    def predict(self, examples: Examples) -> NDArray[np.str_]:
        """Label windows, (n,)."""
        x = self._standardised(examples.features[self._name], examples.windows)
        return self._model.predict(x)

    def _standardised(self, x: NDArray[np.float32], windows: pd.DataFrame) -> NDArray[np.float32]:
        out = np.empty_like(x)
        for name, rows in windows.groupby("subject").indices.items():
            mean, sd = self._scales.get(str(name), self._everyone)
            out[rows] = (x[rows] - mean) / sd
        return out


def _mean_and_sd(x: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of each feature; 1 for constant features."""
    sd = x.std(0)
    return x.mean(0), np.where(sd > 1e-6, sd, 1)
