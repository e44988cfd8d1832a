"""Self-play: a discriminator on graph embeddings of clean and augmented input, Eq. 5."""

import torch
from torch import Tensor, nn
from torch.nn import functional

GRADIENT_LIMIT = 1.0
"""Largest norm of the adversarial loss's gradient for one window's embedding."""


class Discriminator(nn.Module):
    """D of Eq. 5, as a logit: log D = -softplus(-D), log(1 - D) = -softplus(D)."""

    def __init__(self, embedding: int, condition: int, width: int = 128) -> None:
        """Make D for graph embeddings of width `embedding`, given the condition."""
        super().__init__()
        self.norm_g, self.norm_c = nn.LayerNorm(embedding), nn.LayerNorm(condition)
        self.layers = nn.Sequential(
            nn.Linear(embedding + condition, width), nn.GELU(), nn.Linear(width, 1)
        )

    def forward(self, g: Tensor, c: Tensor) -> Tensor:
        """Return logits (B,) that g = G(x), (B, embedding), comes from clean input, given c."""
        return self.layers(torch.cat([self.norm_g(g), self.norm_c(c)], dim=-1)).squeeze(-1)


def self_play_losses(
    D: nn.Module, g: Tensor, c: Tensor, augmented: Tensor
) -> tuple[Tensor, Tensor]:
    """Compute Eq. 5 for both players.

    D minimises -E[log D(G(x)) + log(1 - D(G(x^)))]. G minimises the non-saturating
    -E[log D(G(x^))] instead of E[log(1 - D(G(x^)))]: same fixed point, but the gradient does not
    vanish while D wins. D's loss detaches the embeddings; G's loss detaches D's weights.

    Args:
        D: The discriminator; D(g, c) gives logits.
        g: Graph embeddings G(.), (B, embedding).
        c: Conditions, (B, condition).
        augmented: (B,) bool, which windows were augmented: x^; the others are x.

    Returns:
        The discriminator's and the generator's loss, scalars. Without x or without x^ in the batch,
        their term is 0.
    """
    clean, fake = (~augmented).to(g), augmented.to(g)
    c = c.detach()
    logits = D(g.detach(), c)  # (B,)
    loss_D = _mean(functional.softplus(-logits), clean) + _mean(functional.softplus(logits), fake)
    held = {name: weight.detach() for name, weight in D.named_parameters()}
    logits = torch.func.functional_call(D, held, (_limit_gradient(g), c))  # (B,)
    return loss_D, _mean(functional.softplus(-logits), fake)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp_min(1)


def _limit_gradient(g: Tensor) -> Tensor:
    passed = g.clone()
    if passed.requires_grad:
        passed.register_hook(
            lambda grad: grad * (GRADIENT_LIMIT / grad.norm(dim=-1, keepdim=True)).clamp(max=1)
        )
    return passed
