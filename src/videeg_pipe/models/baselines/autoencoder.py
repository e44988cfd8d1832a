"""The first stage of SSE: an autoencoder with a Gaussian latent, and its losses."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

SHRINK = 4
"""Samples per point of the latent."""

_FFT_SIZES = (16, 32, 64)  # samples, of the spectral loss


class Autoencoder(nn.Module):
    """Residual convolutions that halve time twice, and their mirror image."""

    def __init__(self, n_channels: int, widths: Sequence[int], latent: int) -> None:
        """Make the layers for C channels, with one width per level."""
        super().__init__()
        down: list[nn.Module] = [nn.Conv1d(n_channels, widths[0], 3, padding=1)]
        up: list[nn.Module] = [nn.Conv1d(latent, widths[-1], 3, padding=1)]
        for width, deeper in pairwise(widths):
            down += [ResidualBlock(width), ResidualBlock(width)]
            down += [nn.Conv1d(width, deeper, 3, stride=2, padding=1)]
        for width, shallower in pairwise(reversed(widths)):
            up += [ResidualBlock(width), ResidualBlock(width)]
            up += [nn.Upsample(scale_factor=2), nn.Conv1d(width, shallower, 3, padding=1)]
        down += [ResidualBlock(widths[-1]), ResidualBlock(widths[-1])]
        up += [ResidualBlock(widths[0]), ResidualBlock(widths[0])]
        down += [nn.GroupNorm(1, widths[-1]), nn.Conv1d(widths[-1], 2 * latent, 3, padding=1)]
        up += [nn.GroupNorm(1, widths[0]), nn.Conv1d(widths[0], n_channels, 3, padding=1)]
        self.encoder, self.decoder = nn.Sequential(*down), nn.Sequential(*up)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the latent, (B, latent, T / 4) each, for x (B, C, T)."""
        missing = -x.shape[-1] % SHRINK
        mean, log_variance = self.encoder(functional.pad(x, (0, missing))).chunk(2, dim=1)
        return mean, log_variance.clamp(-30, 20)

    def decode(self, z: Tensor, n_samples: int) -> Tensor:
        """Return windows (B, C, T) from latents (B, latent, T / 4)."""
        return self.decoder(z)[..., :n_samples]


class ResidualBlock(nn.Module):
    """Two normalised convolutions with a residual connection."""

    def __init__(self, width: int) -> None:
        super().__init__()
        layers = [
            layer
            for _ in range(2)
            for layer in (nn.GroupNorm(1, width), nn.SiLU(), nn.Conv1d(width, width, 3, padding=1))
        ]
        self.layers = nn.Sequential(*layers)

    def forward(self, h: Tensor) -> Tensor:
        """Map (B, width, T) to the same."""
        return h + self.layers(h)


class PatchDiscriminator(nn.Module):
    """Classify overlapping segments of a window as real or reconstructed."""

    def __init__(self, n_channels: int, width: int) -> None:
        super().__init__()
        widths = [n_channels, width, 2 * width, 4 * width]
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(widths):
            layers += [nn.Conv1d(n_in, n_out, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv1d(widths[-1], 1, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        """Score windows (B, C, T) segment by segment, (B, 1, T / 8)."""
        return self.layers(x)


def patch_gan_losses(D: nn.Module, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return the least-squares losses of D and of the autoencoder, y from x (Mao et al. 2017).

    One backward pass serves both: D's loss detaches y, and y's loss detaches D's weights.
    """
    loss_D = 0.5 * ((D(x) - 1).square().mean() + D(y.detach()).square().mean())
    held = {name: weight.detach() for name, weight in D.named_parameters()}
    return loss_D, (torch.func.functional_call(D, held, (y,)) - 1).square().mean()


def spectral_loss(y: Tensor, x: Tensor) -> Tensor:
    """Return the mean absolute difference of local spectra's magnitudes, at several resolutions.

    Args:
        y: Windows, (B, C, T).
        x: Target windows, (B, C, T).
    """
    terms = []
    for n_fft in _FFT_SIZES:
        window = torch.hann_window(n_fft, device=x.device)
        one, other = (
            torch.stft(
                part.float().flatten(0, 1),
                n_fft,
                window=window,
                normalized=True,
                return_complex=True,
            ).abs()
            for part in (y, x)
        )
        terms.append((one - other).abs().mean())
    return torch.stack(terms).mean()
