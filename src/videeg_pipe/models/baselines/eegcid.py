"""EEGCiD: a diffusion whose tokens are electrodes.

Chen et al. 2025, EEGCiD. A token holds all time points of a channel; attention runs along its
features and between channels. The paper's second half, condensation, starts from real trials and
is not included.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.models.baselines.baseline import Baseline, scaled
from videeg_pipe.models.baselines.condition import WIDTH, Vector
from videeg_pipe.models.parts.diffusion import Diffusion
from videeg_pipe.models.parts.time import TimeEmbedder

_HEADS = 4  # of the attention between channels


class EegCid(Baseline):
    """Channel tokens, conditioned on the vector; noise prediction; DDIM with all steps."""

    encoded_as = Vector
    diffusion = Diffusion(1000, "epsilon", schedule="linear")
    sampler = "ddim"
    steps = 1000

    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make the network of width 512 in three blocks."""
        C, T = self.shape
        hidden = scaled(512, size.width, _HEADS)
        return ChannelTokens(C, T, hidden=hidden, n_blocks=scaled(3, size.depth))


class ChannelTokens(nn.Module):
    """One token per channel: from T points to features, through blocks, and back."""

    def __init__(self, n_channels: int, n_samples: int, *, hidden: int, n_blocks: int) -> None:
        """Make the network for C channels of T samples."""
        super().__init__()
        self.tokens_in = nn.Linear(n_samples, hidden)
        self.channel = nn.Parameter(0.02 * torch.randn(n_channels, hidden))
        self.time, self.told = TimeEmbedder(hidden), nn.Linear(WIDTH, hidden)
        self.blocks = nn.ModuleList(ChannelBlock(hidden) for _ in range(n_blocks))
        self.conv_out = circular(hidden, n_samples)

    def forward(self, x_t: Tensor, t: Tensor, encoded: Tensor) -> Tensor:
        """Predict the noise, (B, C, T), in x_t (B, C, T) at t (B,), given a vector (B, WIDTH)."""
        e = functional.silu(self.time(t) + self.told(encoded))  # (B, hidden)
        h = self.tokens_in(x_t) + self.channel  # (B, C, hidden)
        for block in self.blocks:
            h = block(h, e)  # (B, C, hidden)
        return self.conv_out(h.mT).mT  # (B, C, T)


class ChannelBlock(nn.Module):
    """Residual attention along features and between channels."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.norm, self.embed = nn.LayerNorm(hidden), nn.Linear(hidden, hidden)
        self.features = Projections(hidden)
        self.temperature = nn.Parameter(torch.ones(()))
        self.channels = Projections(hidden)

    def forward(self, h: Tensor, e: Tensor) -> Tensor:
        """Map tokens (B, C, hidden) to the same, given e (B, hidden)."""
        y = self.norm(h + self.embed(e)[:, None]).mT  # (B, hidden, C)
        q, k, v = self.features(y)  # (B, hidden, C) each
        q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
        a = (self.temperature * q @ k.mT).softmax(-1)  # (B, hidden, hidden)
        along = self.features.out(a @ v)  # (B, hidden, C)
        q, k, v = (
            part.unflatten(1, (_HEADS, -1)).mT  # (B, heads, C, hidden / heads)
            for part in self.channels(y)
        )
        between = functional.scaled_dot_product_attention(q, k, v).mT.flatten(1, 2)
        return h + (along + self.channels.out(between)).mT  # (B, C, hidden)


class Projections(nn.Module):
    """Queries, keys and values: a 1x1 convolution, then a circular one over neighbours."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.point = nn.Conv1d(hidden, 3 * hidden, 1)
        self.around = circular(3 * hidden, 3 * hidden, groups=3)
        self.out = nn.Conv1d(hidden, hidden, 1)

    def forward(self, y: Tensor) -> tuple[Tensor, ...]:
        """Project tokens (B, hidden, C) to three of the same shape."""
        return self.around(self.point(y)).chunk(3, dim=1)


def circular(n_in: int, n_out: int, groups: int = 1) -> nn.Conv1d:
    """Return a convolution over three neighbours; the last channel neighbours the first."""
    return nn.Conv1d(n_in, n_out, 3, padding=1, padding_mode="circular", groups=groups)
