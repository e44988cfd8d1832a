"""NTD: a diffusion of neural time series with long convolutions.

Vetter, Macke and Gao 2024, doi 10.1101/2023.08.23.554148 (Patterns 5:101047). Its AdaConv
network has separate channels at input and output and mixes them in between. A condition along time
sets shift, scale and gate of every layer at every sample. The noise is white; the paper's
alternative, an Ornstein-Uhlenbeck process, is not included.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.models.baselines.baseline import Baseline, scaled
from videeg_pipe.models.baselines.condition import WIDTH, Course
from videeg_pipe.models.parts.diffusion import Diffusion
from videeg_pipe.models.parts.time import TimeEmbedder

KERNEL = 65
"""Taps of a long kernel at each scale, as in the paper for 56 channels of EEG."""

_EDGE_KERNEL = 17  # taps of the first and last convolution


class Ntd(Baseline):
    """AdaConv, conditioned on the course; noise prediction; ancestral sampling."""

    encoded_as = Course
    diffusion = Diffusion(200, "epsilon", schedule="linear", betas=(1e-4, 0.07))
    sampler = "ddpm"
    steps = 200

    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make AdaConv with 8 hidden features per channel in three blocks."""
        C, T = self.shape
        hidden, embedded = C * scaled(8, size.width), scaled(96, size.width)
        return AdaConv(C, T, hidden=hidden, embedded=embedded, n_blocks=scaled(3, size.depth))


class AdaConv(nn.Module):
    """Blocks of long convolution and channel mixing between masked convolutions."""

    def __init__(
        self, n_channels: int, n_samples: int, *, hidden: int, embedded: int, n_blocks: int
    ) -> None:
        """Make the network.

        Args:
            n_channels: C.
            n_samples: T.
            hidden: Width, a multiple of C.
            embedded: Width of the sum of diffusion time, condition and position.
            n_blocks: Blocks.
        """
        super().__init__()
        C = n_channels  # one group per channel masks the others
        self.conv_in = nn.Conv1d(C, hidden, _EDGE_KERNEL, padding="same", groups=C)
        self.time = TimeEmbedder(embedded)
        self.told = nn.Linear(WIDTH, embedded)
        self.place = nn.Parameter(0.02 * torch.randn(n_samples, embedded))
        self.blocks = nn.ModuleList(
            AdaConvBlock(hidden, n_samples, embedded) for _ in range(n_blocks)
        )
        self.conv_out = nn.Conv1d(hidden, C, _EDGE_KERNEL, padding="same", groups=C)

    def forward(self, x_t: Tensor, t: Tensor, encoded: Tensor) -> Tensor:
        """Predict the noise, (B, C, T), in x_t (B, C, T) at t (B,), given (B, WIDTH, T)."""
        e = self.time(t)[:, None] + self.told(encoded.mT) + self.place  # (B, T, embedded)
        e = functional.silu(e)
        h = self.conv_in(x_t).mT  # (B, T, hidden)
        for block in self.blocks:
            h = block(h, e)  # (B, T, hidden)
        return self.conv_out(h.mT)  # (B, C, T)


class AdaConvBlock(nn.Module):
    """Long convolution in time, then an MLP over channels, both modulated sample by sample."""

    def __init__(self, hidden: int, n_samples: int, embedded: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden, elementwise_affine=False)
        self.modulate = nn.Linear(embedded, 6 * hidden)
        self.conv = LongConv(hidden, n_samples)
        self.mlp = nn.Sequential(
            nn.Linear(hidden, 4 * hidden), nn.GELU(), nn.Linear(4 * hidden, hidden)
        )
        nn.init.zeros_(self.modulate.weight)  # the block starts as the identity
        nn.init.zeros_(self.modulate.bias)

    def forward(self, h: Tensor, e: Tensor) -> Tensor:
        """Map h (B, T, hidden) to the same, given e (B, T, embedded)."""
        shift_1, scale_1, gate_1, shift_2, scale_2, gate_2 = self.modulate(e).chunk(6, dim=-1)
        y = self.norm(h) * (1 + scale_1) + shift_1  # (B, T, hidden)
        h = h + gate_1 * functional.gelu(self.conv(y))
        y = self.norm(h) * (1 + scale_2) + shift_2
        return h + gate_2 * self.mlp(y)  # (B, T, hidden)


class LongConv(nn.Module):
    """Depthwise convolution as long as the window, with finer resolution at shorter lags.

    A kernel concatenates pieces with equally many weights. Each piece is as long as all previous
    ones together, and weaker. Half of the features look back, the other half ahead. After Li et al.
    2023, "What makes convolutional models great on long sequence modeling?", arXiv 2210.09298.
    """

    def __init__(self, hidden: int, n_samples: int, taps: int = KERNEL) -> None:
        super().__init__()
        self.n_samples = n_samples
        n_scales = 1 + max(0, math.ceil(math.log2(n_samples / taps)))
        self.pieces = nn.Parameter(torch.randn(n_scales, hidden, taps) / taps**0.5)
        self.skip = nn.Parameter(torch.ones(hidden))

    def kernel(self) -> Tensor:
        """Return the kernels by lag, (hidden, T)."""
        taps = self.pieces.shape[-1]
        stretched = [
            functional.interpolate(piece[None], taps * 2 ** max(0, i - 1), mode="linear")[0] / 2**i
            for i, piece in enumerate(self.pieces)
        ]
        return torch.cat(stretched, dim=-1)[:, : self.n_samples]

    def forward(self, y: Tensor) -> Tensor:
        """Convolve (B, T, hidden) over T."""
        n = 2 * self.n_samples
        k = torch.fft.rfft(self.kernel().float(), n)  # (hidden, T + 1)
        back, ahead = k.chunk(2)  # a conjugate spectrum is a reversed kernel
        spectrum = torch.fft.rfft(y.mT.float(), n) * torch.cat([back, ahead.conj()])
        out = torch.fft.irfft(spectrum, n)[..., : self.n_samples]  # (B, hidden, T)
        return out.mT + self.skip * y
