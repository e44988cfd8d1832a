"""The losses on the denoised estimate x0_hat, and the weighted sum of all losses.

At high noise, x0_hat can only be the conditional mean, whose power and covariance are rightly below
a window's. Each window is therefore weighted by its remaining share of signal, alpha^2. A
covariance is of second order in x0_hat and its squared error of fourth, so that loss squares the
weight. Weighted errors are in units of x_t; they stay finite where x0_hat is divided by an alpha
near 0.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from videeg_pipe.config.train import LossWeights
from videeg_pipe.contracts.bands import HIGHEST_HZ


def frequency_loss(x0_hat: Tensor, x0: Tensor, weight: Tensor, sfreq: float) -> Tensor:
    """Return the squared difference of log power spectra, in nats, up to the pass band's edge.

    Args:
        x0_hat: Denoised windows, (B, C, T).
        x0: The windows, (B, C, T).
        weight: (B,).
        sfreq: Rate, Hz.
    """
    n_bins = int(HIGHEST_HZ * x0.shape[-1] / sfreq) + 1

    def log_power(x: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(x.float(), norm="ortho")[..., 1:n_bins]
        return torch.log(spectrum.abs().square() + 1e-2)  # (B, C, bins); a floor at -20 dB

    return _weighted((log_power(x0_hat) - log_power(x0)).square(), weight)


def spatial_loss(x0_hat: Tensor, x0: Tensor, weight: Tensor) -> Tensor:
    """Return the squared difference of covariances between electrodes.

    Arguments as those of `frequency_loss`; `weight` is squared.
    """

    def covariance(x: Tensor) -> Tensor:
        x = x - x.mean(-1, keepdim=True)
        return x @ x.transpose(-1, -2) / x.shape[-1]  # (B, C, C)

    return _weighted((covariance(x0_hat) - covariance(x0)).square(), weight.square())


def temporal_loss(x0_hat: Tensor, x0: Tensor, weight: Tensor) -> Tensor:
    """Return the squared difference of first differences in time; arguments as above."""
    return _weighted((x0_hat - x0).diff(dim=-1).square(), weight)


def total_loss(losses: Mapping[str, Tensor], weights: LossWeights) -> Tensor:
    """Return the weighted sum; a loss without weight (the discriminator's) has weight 1."""
    known = weights.model_dump()
    terms = [known.get(name, 1.0) * value for name, value in losses.items()]
    return torch.stack(terms).sum()


def _weighted(errors: Tensor, weight: Tensor) -> Tensor:
    return (errors.mean(dim=(1, 2)) * weight).sum() / weight.sum().clamp_min(1e-6)
