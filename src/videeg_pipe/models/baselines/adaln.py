"""The block of a diffusion transformer: DiT, Peebles and Xie 2023, arXiv 2212.09748."""

from torch import Tensor, nn

_PATCH = 10  # samples, at most


def patch_samples(n_channels: int, hidden: int) -> int:
    """Samples of all channels that a token holds: up to ten, as many as fit into its width.

    White noise has no fewer dimensions than numbers; what a narrower token loses of it could not be
    predicted, and would stay in the samples.
    """
    return max(1, min(_PATCH, hidden // n_channels))


class AdaLnBlock(nn.Module):
    """Attention and MLP, each modulated and gated by the condition."""

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
        """Go from tokens (B, P, hidden) to the same, given e (B, 1 or P, hidden)."""
        parts = self.modulate(e).chunk(6, dim=-1)  # 6 x (B, 1 or P, hidden)
        scale_1, shift_1, gate_1, scale_2, shift_2, gate_2 = parts
        y = self.norm(z) * (1 + scale_1) + shift_1  # (B, P, hidden)
        z = z + gate_1 * self.attention(y, y, y, need_weights=False)[0]
        y = self.norm(z) * (1 + scale_2) + shift_2
        return z + gate_2 * self.mlp(y)  # (B, P, hidden)
