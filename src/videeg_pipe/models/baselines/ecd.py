"""ECD-style: a diffusion transformer with several time scales and the spectrum of its input.

After Chen et al. 2024, who publish neither code nor depth, patch, schedule or wiring: those are our
reading, in the manner of DiT (Peebles and Xie 2023, arXiv 2212.09748). Stated are scaling by a
constant, multi-scale convolution, Fourier information of the noisy input, and noise prediction.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.train import BaselinesOptions
from videeg_pipe.models.baselines.adaln import AdaLnBlock, patch_samples
from videeg_pipe.models.baselines.baseline import Baseline, scaled
from videeg_pipe.models.baselines.condition import WIDTH, Vector
from videeg_pipe.models.parts.diffusion import Diffusion
from videeg_pipe.models.spgn.network import TimeEmbedder

_HEADS = 4
_KERNELS = (3, 7, 15, 31)


class Ecd(Baseline):
    """Transformer over patches in time, told the vector by adaLN-zero; ancestral sampling."""

    told_as = Vector
    diffusion = Diffusion(1000, "epsilon", schedule="linear")
    sampler = "ddpm"
    steps = 1000

    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make the transformer of width 256 in eight blocks."""
        C, T = self.shape
        hidden = scaled(256, size.width, _HEADS)
        return FourierTransformer(C, T, hidden=hidden, n_blocks=scaled(8, size.depth))


class FourierTransformer(nn.Module):
    """Multi-scale convolution, patches, adaLN-zero blocks; the spectrum joins the condition."""

    def __init__(self, n_channels: int, n_samples: int, *, hidden: int, n_blocks: int) -> None:
        """Make the network for C channels of T samples."""
        super().__init__()
        C, patch = n_channels, patch_samples(n_channels, hidden)
        n_tokens = -(-n_samples // patch)
        self.n_samples, self.padding = n_samples, n_tokens * patch - n_samples
        self.scales = nn.ModuleList(
            nn.Conv1d(C, C, kernel, padding="same", groups=C) for kernel in _KERNELS
        )
        self.patches_in = nn.Conv1d(C, hidden, patch, stride=patch)
        self.place = nn.Parameter(0.02 * torch.randn(n_tokens, hidden))
        self.time, self.told = TimeEmbedder(hidden), nn.Linear(WIDTH, hidden)
        self.spectrum = nn.Sequential(
            nn.Linear(C * (n_samples // 2 + 1), hidden), nn.GELU(), nn.Linear(hidden, hidden)
        )
        self.blocks = nn.ModuleList(AdaLnBlock(hidden, _HEADS) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(hidden, elementwise_affine=False)
        self.modulate = nn.Linear(hidden, 2 * hidden)
        self.patches_out = nn.ConvTranspose1d(hidden, C, patch, stride=patch)
        for weight in [*self.modulate.parameters(), *self.patches_out.parameters()]:
            nn.init.zeros_(weight)

    def forward(self, x_t: Tensor, t: Tensor, told: Tensor) -> Tensor:
        """Predict the noise, (B, C, T), of x_t (B, C, T) at t (B,), told a vector."""
        e = self.time(t) + self.told(told) + self.spectrum(log_spectrum(x_t).flatten(1))
        e = functional.silu(e)[:, None]  # (B, 1, hidden)
        x = x_t + sum(conv(x_t) for conv in self.scales)  # (B, C, T)
        z = self.patches_in(functional.pad(x, (0, self.padding))).mT + self.place  # (B, P, hidden)
        for block in self.blocks:
            z = block(z, e)  # (B, P, hidden)
        scale, shift = self.modulate(e).chunk(2, dim=-1)  # (B, 1, hidden)
        z = self.norm(z) * (1 + scale) + shift
        return self.patches_out(z.mT)[..., : self.n_samples]  # (B, C, T)


def log_spectrum(x: Tensor) -> Tensor:
    """Log magnitude of the Fourier transform over time, (B, C, T // 2 + 1)."""
    return torch.log(torch.fft.rfft(x.float(), norm="ortho").abs() + 1e-2)  # floor at -40 dB
