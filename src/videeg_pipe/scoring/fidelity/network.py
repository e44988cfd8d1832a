"""A small network after EEGNet, and a training loop for classifiers."""

from collections.abc import Callable
from itertools import chain, islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.runtime.threads import one_thread

BATCH, _RATE = 32, 5e-3

Predict = Callable[[NDArray[Any], NDArray[np.intp], NDArray[Any]], NDArray[np.intp]]
"""Trains on windows and labels, then labels other windows."""


class SmallEEGNet(nn.Module):
    """Classify windows with a faster variant of EEGNet.

    After Lawhern et al. 2018 (doi 10.1088/1741-2552/aace8c), with three changes. Spatial filters
    come first, which cuts the cost to a tenth. One temporal filter follows each of them. Weight
    norms are not constrained.
    """

    def __init__(
        self, n_channels: int, n_samples: int, n_outputs: int, n_filters: int = 16
    ) -> None:
        """Build the network for windows of C electrodes and T samples."""
        super().__init__()
        n = n_filters
        self.layers = nn.Sequential(
            nn.Conv1d(n_channels, n, 1, bias=False),
            FourierConv(n, n, 51, padding=25, groups=n, bias=False),
            nn.BatchNorm1d(n),
            nn.ELU(),
            nn.AvgPool1d(4),
            nn.Dropout(0.25),
            nn.Conv1d(n, n, 15, padding=7, groups=n, bias=False),
            nn.Conv1d(n, n, 1, bias=False),
            nn.BatchNorm1d(n),
            nn.ELU(),
            nn.AdaptiveAvgPool1d(max(1, n_samples // 32)),
            nn.Dropout(0.25),
            nn.Flatten(),
            nn.Linear(n * max(1, n_samples // 32), n_outputs),
        )

    def forward(self, windows: Tensor) -> Tensor:
        """Map windows (B, C, T) to outputs (B, n_outputs)."""
        return self.layers(windows)


class FourierConv(nn.Conv1d):
    """Depthwise convolution through the Fourier transform, five times as fast on a CPU."""

    def forward(self, x: Tensor) -> Tensor:
        """Filter (B, n, T) with a kernel of odd length; the output has the same length."""
        kernel = self.weight[:, 0].flip(-1)  # (n, K): torch computes the cross-correlation
        n = x.shape[-1] + kernel.shape[-1] - 1
        y = torch.fft.irfft(torch.fft.rfft(x, n) * torch.fft.rfft(kernel, n), n)  # (B, n, T+K-1)
        start = kernel.shape[-1] // 2
        return y[..., start : start + x.shape[-1]]


def train_classifier(
    model: nn.Module,
    windows: Tensor,
    labels: Tensor,
    steps: int,
    loss: Callable[[Tensor, Tensor], Tensor] = functional.cross_entropy,
    batch: int = BATCH,
    rate: float = _RATE,
) -> None:
    """Train a classifier in place; leaves it in evaluation mode.

    Args:
        model: Maps windows (B, C, T) to logits.
        windows: (n, C, T).
        labels: (n, ...) targets of `loss`.
        steps: Number of batches.
        loss: Function of logits and labels.
        batch: Windows per batch.
        rate: Largest learning rate.
    """
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
    epochs = iter(lambda: torch.randperm(len(windows)).split(batch), None)
    model.train()
    for rows in islice(chain.from_iterable(epochs), steps):
        optimiser.zero_grad()
        loss(model(windows[rows]), labels[rows]).backward()
        optimiser.step()
        schedule.step()
    model.eval()


def network_predictor(
    make: Callable[[int, int], nn.Module], *, epochs: int, seed: int, rate: float = _RATE
) -> Predict:
    """Return a classifier that trains a new network each time, on one thread.

    Args:
        make: Makes the network for C electrodes and T samples, with two outputs.
        epochs: Passes through the training windows.
        seed: Seed of weights and batches.
        rate: Largest learning rate.
    """

    def predict(x: NDArray[Any], y: NDArray[np.intp], new: NDArray[Any]) -> NDArray[np.intp]:
        with one_thread(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = make(x.shape[1], x.shape[2])
            steps = epochs * -(-len(x) // BATCH)
            train_classifier(model, torch.from_numpy(x), torch.from_numpy(y), steps, rate=rate)
            with torch.no_grad():
                return model(torch.from_numpy(new)).argmax(1).numpy()

    return predict
