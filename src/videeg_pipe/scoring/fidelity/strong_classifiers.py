"""Stronger networks for the two-sample test: a tuned EEGNet and ShallowFBCSPNet."""

import warnings
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from videeg_pipe.scoring.braindecode_models import braindecode_model
from videeg_pipe.scoring.fidelity.network import Predict, SmallEEGNet, network_predictor

_SETTINGS = ((16, 12, 5e-3), (32, 25, 5e-3), (32, 25, 2e-3))
"""Filters, epochs and learning rate that the EEGNet is chosen from."""
_INNER_SHARE = 0.2  # of the training windows, to choose by
_SHALLOW_EPOCHS, _SHALLOW_RATE = 15, 1e-3


def tuned_eegnet(seed: int) -> Predict:
    """Return a small EEGNet whose width, epochs and rate are chosen on a part of the training."""
    settings = [
        network_predictor(
            partial(SmallEEGNet, n_outputs=2, n_filters=n), epochs=epochs, seed=seed, rate=rate
        )
        for n, epochs, rate in _SETTINGS
    ]

    def predict(x: NDArray[Any], y: NDArray[np.intp], new: NDArray[Any]) -> NDArray[np.intp]:
        inner = np.random.default_rng(seed).random(len(x)) < _INNER_SHARE
        accuracies = [np.mean(of(x[~inner], y[~inner], x[inner]) == y[inner]) for of in settings]
        return settings[int(np.argmax(accuracies))](x, y, new)

    return predict


def shallow_fbcsp(seed: int) -> Predict:
    """Return braindecode's ShallowFBCSPNet (Schirrmeister et al. 2017, doi 10.1002/hbm.23730)."""
    return network_predictor(_shallow, epochs=_SHALLOW_EPOCHS, seed=seed, rate=_SHALLOW_RATE)


def _shallow(n_channels: int, n_samples: int) -> nn.Module:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "LogSoftmax final layer will be removed")
        model = braindecode_model("ShallowFBCSPNet")
        return model(n_chans=n_channels, n_outputs=2, n_times=n_samples, final_conv_length="auto")
