"""Three stronger classifiers for the two-sample test: Riemannian, tuned EEGNet, ShallowFBCSPNet."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pyriemann.estimation import Covariances
from pyriemann.tangentspace import TangentSpace
from torch import nn

from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.fidelity.network import BATCH, SmallEEGNet, train_classifier

Classifier = Callable[[NDArray[Any], NDArray[np.intp], NDArray[Any]], NDArray[np.intp]]

_SETTINGS = ((16, 12, 5e-3), (32, 25, 5e-3), (32, 25, 2e-3))
"""Filters, epochs and learning rate that the EEGNet is chosen from."""
_INNER_SHARE = 0.2  # of the training windows, to choose by
_SHALLOW_EPOCHS, _SHALLOW_RATE = 15, 1e-3


def tangent_vectors(windows: NDArray[np.floating], sfreq: float) -> NDArray[np.float32]:
    """Map covariances to the tangent space at their mean (Barachant et al. 2012), (n, C(C+1)/2).

    Args:
        windows: (n, C, T), normalised.
        sfreq: Unused; all features share one signature.
    """
    jitter = 1e-9 * np.eye(windows.shape[1])  # for flat windows
    covariances = Covariances("oas").transform(windows.astype(np.float64)) + jitter
    with one_thread():
        space = TangentSpace(metric={"mean": "logeuclid", "map": "riemann"})
        return space.fit_transform(covariances).astype(np.float32)


def tuned_eegnet(seed: int) -> Classifier:
    """Return a small EEGNet whose width, epochs and rate are chosen on a part of the training."""

    def predict(x: NDArray[Any], y: NDArray[np.intp], new: NDArray[Any]) -> NDArray[np.intp]:
        held_out = np.random.default_rng(seed).random(len(x)) < _INNER_SHARE
        inner = [
            np.mean(_eegnet(x[~held_out], y[~held_out], x[held_out], seed, *of) == y[held_out])
            for of in _SETTINGS
        ]
        return _eegnet(x, y, new, seed, *_SETTINGS[int(np.argmax(inner))])

    return predict


def shallow_fbcsp(seed: int) -> Classifier:
    """Return braindecode's ShallowFBCSPNet (Schirrmeister et al. 2017, doi 10.1002/hbm.23730)."""

    def predict(x: NDArray[Any], y: NDArray[np.intp], new: NDArray[Any]) -> NDArray[np.intp]:
        from braindecode.models import ShallowFBCSPNet  # takes seconds

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a layer that a later version removes
            return _trained(
                lambda: ShallowFBCSPNet(
                    n_chans=x.shape[1], n_outputs=2, n_times=x.shape[2], final_conv_length="auto"
                ),
                *(x, y, new, seed, _SHALLOW_EPOCHS, _SHALLOW_RATE),
            )

    return predict


def _eegnet(
    x: NDArray[Any],
    y: NDArray[np.intp],
    new: NDArray[Any],
    seed: int,
    filters: int,
    epochs: int,
    rate: float,
) -> NDArray[np.intp]:
    make = lambda: SmallEEGNet(x.shape[1], x.shape[2], 2, filters)  # noqa: E731
    return _trained(make, x, y, new, seed, epochs, rate)


def _trained(
    make: Callable[[], nn.Module],
    x: NDArray[Any],
    y: NDArray[np.intp],
    new: NDArray[Any],
    seed: int,
    epochs: int,
    rate: float,
) -> NDArray[np.intp]:
    """Train a network on windows (n, C, T) and label new ones."""
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
        steps = epochs * -(-len(x) // BATCH)
        train_classifier(model, torch.from_numpy(x), torch.from_numpy(y), steps, rate=rate)
        with torch.no_grad():
            return model(torch.from_numpy(new)).argmax(1).numpy()
