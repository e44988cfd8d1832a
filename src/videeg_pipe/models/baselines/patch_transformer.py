"""A diffusion transformer over patches in time: DiT, Peebles and Xie 2023, arXiv 2212.09748."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.models.parts.time import TimeEmbedder

_PATCH = 10  # samples, at most


def patch_samples(n_channels: int, hidden: int) -> int:
    """Return the samples of all channels per token: up to ten, as many as its width can hold.

    White noise has as many dimensions as numbers. A narrower token would lose part of it, which
    could not be predicted and would stay in the samples.
    """
    return max(1, min(_PATCH, hidden // n_channels))


class AdaLnBlock(nn.Module):
    """Attention and MLP, each modulated and gated by the condition (adaLN-zero)."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden, elementwise_affine=False)
        self.modulate = nn.Linear(hidden, 6 * hidden)
        self.attention = nn.MultiheadAttention(hidden, heads, batch_first=True)
        self.mlp = nn.Sequential(
            nn.Linear(hidden, 4 * hidden), nn.GELU(), nn.Linear(4 * hidden, hidden)
        )
        nn.init.zeros_(self.modulate.weight)  # the block starts as the identity
        nn.init.zeros_(self.modulate.bias)

    def forward(self, z: Tensor, e: Tensor) -> Tensor:
        """Map tokens (B, P, hidden) to the same, given e (B, 1 or P, hidden)."""
        parts = self.modulate(e).chunk(6, dim=-1)  # 6 x (B, 1 or P, hidden)
        scale_1, shift_1, gate_1, scale_2, shift_2, gate_2 = parts
        y = self.norm(z) * (1 + scale_1) + shift_1  # (B, P, hidden)
        z = z + gate_1 * self.attention(y, y, y, need_weights=False)[0]
        y = self.norm(z) * (1 + scale_2) + shift_2
        return z + gate_2 * self.mlp(y)  # (B, P, hidden)


class PatchTransformer(nn.Module):
    """Patches of all channels, adaLN-zero blocks, and patches again.

    A subclass calls `add_patches`, makes the layers of its condition, and calls `add_blocks`: the
    order of construction fixes the initial weights of a seed.
    """

    def __init__(self, n_channels: int, n_samples: int, *, hidden: int, heads: int) -> None:
        """Set the sizes for C channels of T samples."""
        super().__init__()
        self.n_channels, self.n_samples = n_channels, n_samples
        self.hidden, self.heads = hidden, heads
        self.patch = patch_samples(n_channels, hidden)
        self.n_tokens = -(-n_samples // self.patch)
        self.padding = self.n_tokens * self.patch - n_samples

    def add_patches(self) -> None:
        """Make the layers from windows to tokens, and the embedding of t."""
        patch = self.patch
        self.patches_in = nn.Conv1d(self.n_channels, self.hidden, patch, stride=patch)
        self.place = nn.Parameter(0.02 * torch.randn(self.n_tokens, self.hidden))
        self.time = TimeEmbedder(self.hidden)

    def add_blocks(self, n_blocks: int) -> None:
        """Make the blocks and the layers back to windows; the output starts at zero."""
        hidden, patch = self.hidden, self.patch
        self.blocks = nn.ModuleList(AdaLnBlock(hidden, self.heads) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(hidden, elementwise_affine=False)
        self.modulate = nn.Linear(hidden, 2 * hidden)
        self.patches_out = nn.ConvTranspose1d(hidden, self.n_channels, patch, stride=patch)
        for weight in [*self.modulate.parameters(), *self.patches_out.parameters()]:
            nn.init.zeros_(weight)

    def pad(self, x: Tensor) -> Tensor:
        """Pad (B, ., T) with zeros to whole patches."""
        return functional.pad(x, (0, self.padding))

    def transform(self, x: Tensor, e: Tensor) -> Tensor:
        """Map windows (B, C, T) to the same, given e (B, 1 or P, hidden)."""
        z = self.patches_in(self.pad(x)).mT + self.place  # (B, P, hidden)
        for block in self.blocks:
            z = block(z, e)  # (B, P, hidden)
        scale, shift = self.modulate(e).chunk(2, dim=-1)  # (B, 1 or P, hidden)
        z = self.norm(z) * (1 + scale) + shift
        return self.patches_out(z.mT)[..., : self.n_samples]  # (B, C, T)
