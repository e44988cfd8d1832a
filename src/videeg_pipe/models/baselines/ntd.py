"""NTD: a diffusion of neural time series with long convolutions.

Vetter, Macke and Gao 2024, doi 10.1101/2023.08.23.554148 (Patterns 5:101047). Its AdaConv
network keeps the channels apart on its way in and out, mixes them in between, and lets a condition
that runs along in time set shift, scale and gate of every layer at every sample. The noise is
white; the paper's other choice, an Ornstein-Uhlenbeck process, is not here.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.train import BaselinesOptions
from videeg_pipe.models.baselines.baseline import Baseline, scaled
from videeg_pipe.models.baselines.condition import WIDTH, Course
from videeg_pipe.models.parts.diffusion import Diffusion
from videeg_pipe.models.parts.time import TimeEmbedder

KERNEL = 65
"""Taps of a long kernel at each of its scales: the paper's for 56 channels of EEG."""

_EDGE_KERNEL = 17  # of the convolutions in and out


class Ntd(Baseline):
    """AdaConv, told the course; predicts the noise; ancestral sampling from white noise."""

    encoded_as = Course
    diffusion = Diffusion(200, "epsilon", schedule="linear", betas=(1e-4, 0.07))
    sampler = "ddpm"
    steps = 200

    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make AdaConv with 8 hidden features a channel in three blocks."""
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
            embedded: Width of diffusion time, condition and place in time together.
            n_blocks: Blocks.
        """
        super().__init__()
        C = n_channels  # as many groups: they are the mask
        self.conv_in = nn.Conv1d(C, hidden, _EDGE_KERNEL, padding="same", groups=C)
        self.time = TimeEmbedder(embedded)
        self.told = nn.Linear(WIDTH, embedded)
        self.place = nn.Parameter(0.02 * torch.randn(n_samples, embedded))
        self.blocks = nn.ModuleList(
            AdaConvBlock(hidden, n_samples, embedded) for _ in range(n_blocks)
        )
        self.conv_out = nn.Conv1d(hidden, C, _EDGE_KERNEL, padding="same", groups=C)

    def forward(self, x_t: Tensor, t: Tensor, encoded: Tensor) -> Tensor:
        """Predict the noise, (B, C, T), of x_t (B, C, T) at t (B,), told a course."""
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
        """Go from h (B, T, hidden) to the same, given e (B, T, embedded)."""
        shift_1, scale_1, gate_1, shift_2, scale_2, gate_2 = self.modulate(e).chunk(6, dim=-1)
        y = self.norm(h) * (1 + scale_1) + shift_1  # (B, T, hidden)
        h = h + gate_1 * functional.gelu(self.conv(y))
        y = self.norm(h) * (1 + scale_2) + shift_2
        return h + gate_2 * self.mlp(y)  # (B, T, hidden)


class LongConv(nn.Module):
    """Depthwise convolution as long as the window, finer for near lags than for far ones.

    A kernel is a row of pieces of equally many weights, each as long as all before it together
    and fainter; it looks back in one half of the features and ahead in the other. After Li et al.
    2023, "What makes convolutional models great on long sequence modeling?", arXiv 2210.09298.
    """

    def __init__(self, hidden: int, n_samples: int, taps: int = KERNEL) -> None:
        super().__init__()
        self.n_samples = n_samples
        n_scales = 1 + max(0, math.ceil(math.log2(n_samples / taps)))
        self.pieces = nn.Parameter(torch.randn(n_scales, hidden, taps) / taps**0.5)
        self.skip = nn.Parameter(torch.ones(hidden))

    def kernel(self) -> Tensor:
        """The kernels by lag, (hidden, T)."""
        taps = self.pieces.shape[-1]
        drawn_out = [
            functional.interpolate(piece[None], taps * 2 ** max(0, i - 1), mode="linear")[0] / 2**i
            for i, piece in enumerate(self.pieces)
        ]
        return torch.cat(drawn_out, dim=-1)[:, : self.n_samples]

    def forward(self, y: Tensor) -> Tensor:
        """Convolve (B, T, hidden) over T."""
        n = 2 * self.n_samples
        k = torch.fft.rfft(self.kernel().float(), n)  # (hidden, T + 1)
        back, ahead = k.chunk(2)  # a conjugate spectrum is a reversed kernel
        spectrum = torch.fft.rfft(y.mT.float(), n) * torch.cat([back, ahead.conj()])
        out = torch.fft.irfft(spectrum, n)[..., : self.n_samples]  # (B, hidden, T)
        return out.mT + self.skip * y
