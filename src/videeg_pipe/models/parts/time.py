"""Embedding of the diffusion time."""

import torch
from torch import Tensor, nn


class TimeEmbedder(nn.Module):
    """Sinusoids of the diffusion time, then an MLP."""

    frequencies: Tensor

    def __init__(self, hidden: int, n_sinusoids: int = 64) -> None:
        super().__init__()
        frequencies = torch.logspace(0, -4, n_sinusoids)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.mlp = nn.Sequential(
            nn.Linear(2 * n_sinusoids, hidden), nn.SiLU(), nn.Linear(hidden, hidden)
        )

    def forward(self, t: Tensor) -> Tensor:
        """Embed steps (B,) as (B, hidden)."""
        angles = t[:, None] * self.frequencies  # (B, n_sinusoids)
        return self.mlp(torch.cat([angles.sin(), angles.cos()], dim=-1))
