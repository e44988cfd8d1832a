"""The second stage of SSE: a UNet in time, with attention at the coarsest level."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.models.baselines.condition import WIDTH
from videeg_pipe.models.parts.time import TimeEmbedder

_GROUPS = 8


class UNet(nn.Module):
    """Residual blocks at several resolutions, with skip connections."""

    def __init__(self, latent: int, width: int, multipliers: Sequence[int]) -> None:
        """Make the network for (B, latent, L); the first level has `width`, a multiple of 8."""
        super().__init__()
        embedded, widths = 4 * width, [width * factor for factor in multipliers]
        self.time, self.told = TimeEmbedder(embedded), nn.Linear(WIDTH, embedded)
        self.conv_in = nn.Conv1d(latent, width, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        n_in = width
        for n_out in widths:
            self.down.append(Level(n_in, n_out, embedded))
            n_in = n_out
        self.middle_in = ConditionedBlock(n_in, n_in, embedded)
        self.attention = Attention(n_in)
        self.middle_out = ConditionedBlock(n_in, n_in, embedded)
        for n_out in reversed(widths):
            self.up.append(Level(n_in + n_out, n_out, embedded))
            n_in = n_out
        self.norm = nn.GroupNorm(_GROUPS, width)
        self.conv_out = nn.Conv1d(width, latent, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)

    def forward(self, x_t: Tensor, t: Tensor, encoded: Tensor) -> Tensor:
        """Predict the noise, (B, latent, L), in x_t at t (B,), given a vector (B, WIDTH)."""
        e = functional.silu(self.time(t) + self.told(encoded))  # (B, embedded)
        h = self.conv_in(x_t)  # (B, width, L)
        skips: list[Tensor] = []
        for level in self.down:
            h = level(functional.avg_pool1d(h, 2, ceil_mode=True) if skips else h, e)
            skips.append(h)  # (B, n_out, L / 2^level)
        h = self.middle_out(self.attention(self.middle_in(h, e)), e)
        for level in self.up:
            skip = skips.pop()
            h = functional.interpolate(h, skip.shape[-1])
            h = level(torch.cat([h, skip], dim=1), e)  # (B, n_out, L / 2^level)
        return self.conv_out(functional.silu(self.norm(h)))  # (B, latent, L)


class Level(nn.Module):
    """Two blocks at one resolution."""

    def __init__(self, n_in: int, n_out: int, embedded: int) -> None:
        super().__init__()
        self.first = ConditionedBlock(n_in, n_out, embedded)
        self.second = ConditionedBlock(n_out, n_out, embedded)

    def forward(self, h: Tensor, e: Tensor) -> Tensor:
        """Map (B, n_in, L) to (B, n_out, L), given e (B, embedded)."""
        return self.second(self.first(h, e), e)


class ConditionedBlock(nn.Module):
    """Two convolutions with time and condition added in between, and a shortcut."""

    def __init__(self, n_in: int, n_out: int, embedded: int) -> None:
        super().__init__()
        self.norm_1, self.norm_2 = nn.GroupNorm(_GROUPS, n_in), nn.GroupNorm(_GROUPS, n_out)
        self.conv_1 = nn.Conv1d(n_in, n_out, 3, padding=1)
        self.conv_2 = nn.Conv1d(n_out, n_out, 3, padding=1)
        self.embed = nn.Linear(embedded, n_out)
        self.shortcut = nn.Conv1d(n_in, n_out, 1) if n_in != n_out else nn.Identity()

    def forward(self, h: Tensor, e: Tensor) -> Tensor:
        """Map (B, n_in, L) to (B, n_out, L), given e (B, embedded)."""
        y = self.conv_1(functional.silu(self.norm_1(h))) + self.embed(e)[..., None]
        return self.shortcut(h) + self.conv_2(functional.silu(self.norm_2(y)))


class Attention(nn.Module):
    """Self-attention between the points of the coarsest level."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(_GROUPS, width)
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)

    def forward(self, h: Tensor) -> Tensor:
        """Map (B, width, L) to the same."""
        y = self.norm(h).mT  # (B, L, width)
        return h + self.attention(y, y, y, need_weights=False)[0].mT
