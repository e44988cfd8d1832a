"""ECD-style: a diffusion transformer with several time scales and the spectrum of its input.

After Chen et al. 2024, who publish neither code nor depth, patch, schedule or wiring: those are our
reading, in the manner of DiT (Peebles and Xie 2023, arXiv 2212.09748). The paper states scaling by
a constant, multi-scale convolution, Fourier features of the noisy input, and noise prediction.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.models.baselines.baseline import Baseline, scaled
from videeg_pipe.models.baselines.condition import WIDTH, Vector
from videeg_pipe.models.baselines.patch_transformer import PatchTransformer
from videeg_pipe.models.parts.diffusion import Diffusion

_HEADS = 4
_KERNELS = (3, 7, 15, 31)


class Ecd(Baseline):
    """Transformer over patches, conditioned on the vector by adaLN-zero; ancestral sampling."""

    encoded_as = Vector
    diffusion = Diffusion(1000, "epsilon", schedule="linear")
    sampler = "ddpm"
    steps = 1000

    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make the transformer of width 256 in eight blocks."""
        C, T = self.shape
        hidden = scaled(256, size.width, _HEADS)
        return FourierTransformer(C, T, hidden=hidden, n_blocks=scaled(8, size.depth))


class FourierTransformer(PatchTransformer):
    """Multi-scale convolution before the patches; the input's spectrum joins the condition."""

    def __init__(self, n_channels: int, n_samples: int, *, hidden: int, n_blocks: int) -> None:
        """Make the network for C channels of T samples."""
        super().__init__(n_channels, n_samples, hidden=hidden, heads=_HEADS)
        C = n_channels
        self.scales = nn.ModuleList(
            nn.Conv1d(C, C, kernel, padding="same", groups=C) for kernel in _KERNELS
        )
        self.add_patches()
        self.told = nn.Linear(WIDTH, hidden)
        self.spectrum = nn.Sequential(
            nn.Linear(C * (n_samples // 2 + 1), hidden), nn.GELU(), nn.Linear(hidden, hidden)
        )
        self.add_blocks(n_blocks)

    def forward(self, x_t: Tensor, t: Tensor, encoded: Tensor) -> Tensor:
        """Predict the noise, (B, C, T), in x_t (B, C, T) at t (B,), given a vector (B, WIDTH)."""
        e = self.time(t) + self.told(encoded) + self.spectrum(log_spectrum(x_t).flatten(1))
        e = functional.silu(e)[:, None]  # (B, 1, hidden)
        return self.transform(x_t + sum(conv(x_t) for conv in self.scales), e)  # (B, C, T)


def log_spectrum(x: Tensor) -> Tensor:
    """Return the log magnitude of the Fourier transform over time, (B, C, T // 2 + 1)."""
    return torch.log(torch.fft.rfft(x.float(), norm="ortho").abs() + 1e-2)  # floor at -40 dB
