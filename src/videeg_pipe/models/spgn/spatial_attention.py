"""Attention between electrodes, biased by the graphs."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class SpatialGraphAttention(nn.Module):
    """Attention between electrodes over the whole window; graph edges add to the logits.

    One map per head and window: queries and keys are an electrode's features at all time tokens.
    The condition scales, shifts and gates the update (adaLN-zero).
    """

    def __init__(
        self, width: int, heads: int, *, n_tokens: int, n_graphs: int, condition: int
    ) -> None:
        """Make the layer.

        Args:
            width: d, features per node; a multiple of `heads`.
            heads: Attention heads.
            n_tokens: P, time tokens.
            n_graphs: G; 0 for attention without bias.
            condition: Width of the condition.
        """
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulate = nn.Linear(condition, 3 * width)
        self.query_key = nn.Linear(n_tokens * width, 2 * width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.bias = nn.Parameter(0.1 * torch.randn(heads, n_graphs)) if n_graphs else None

    def forward(self, H: Tensor, A: Tensor, c: Tensor) -> Tensor:
        """Attend over electrodes.

        Args:
            H: Node features, (B, C, P, d).
            A: Normalised adjacency, (G, C, C).
            c: Condition, (B, condition).

        Returns:
            (B, C, P, d).
        """
        B, C, P, d = H.shape
        scale, shift, gate = self.modulate(c)[:, None, None].chunk(3, dim=-1)  # (B, 1, 1, d)
        nodes = self.norm(H) * (1 + scale) + shift  # (B, C, P, d)
        q, k = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, heads, C, d / heads)
            for part in self.query_key(nodes.flatten(2)).chunk(2, dim=-1)
        )
        logits = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5  # (B, heads, C, C)
        if self.bias is not None:
            logits = logits + torch.einsum("hg,gij->hij", self.bias, A)
        v = self.value(nodes).view(B, C, P, self.heads, -1).permute(0, 3, 1, 2, 4)
        attended = logits.softmax(-1) @ v.flatten(3)  # (B, heads, C, P * d / heads)
        attended = attended.view(B, self.heads, C, P, -1).permute(0, 2, 3, 1, 4)
        return H + gate * self.out(functional.gelu(attended.reshape(B, C, P, d)))  # (B, C, P, d)
