"""The trunk over time tokens: diffusion-transformer blocks with an aligned condition."""

from torch import Tensor, nn
from torch.nn import functional


class TrunkBlock(nn.Module):
    """Attention over time tokens and MLP, modulated by adaLN-zero, plus the aligned condition."""

    def __init__(self, hidden: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1 = nn.LayerNorm(hidden, elementwise_affine=False)
        self.norm_2 = nn.LayerNorm(hidden, elementwise_affine=False)
        self.modulate = nn.Linear(hidden, 6 * hidden)
        self.aligned = nn.Linear(hidden, hidden)
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.mlp = nn.Sequential(
            nn.Linear(hidden, 4 * hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(4 * hidden, hidden),
        )

    def forward(self, z: Tensor, c: Tensor, u: Tensor) -> Tensor:
        """Map tokens (B, P, hidden) to tokens, given c (B, hidden) and u (B, P, hidden)."""
        parts = self.modulate(c)[:, None].chunk(6, dim=-1)  # 6 x (B, 1, hidden)
        scale_1, shift_1, gate_1, scale_2, shift_2, gate_2 = parts
        z = z + self.aligned(u)  # (B, P, hidden)
        h = self.norm_1(z) * (1 + scale_1) + shift_1  # (B, P, hidden)
        q, k, v = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, heads, P, hidden / heads)
            for part in self.qkv(h).chunk(3, dim=-1)
        )
        attended = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        z = z + gate_1 * self.out(attended)  # (B, P, hidden)
        h = self.norm_2(z) * (1 + scale_2) + shift_2  # (B, P, hidden)
        return z + gate_2 * self.mlp(h)  # (B, P, hidden)
