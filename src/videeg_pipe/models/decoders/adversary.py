"""Subject adversary: a classifier of people behind a gradient reversal layer (GRL).

SAM-Net Eqs. 7 and 8; Ganin et al. 2016, arXiv 1505.07818. The paper writes lambda both into the GRL
and before the loss, which would weigh the encoder's gradient by lambda². Here the GRL alone has it:
the classifier learns at full rate, and the encoder gets -lambda times the gradient.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class _Reversal(torch.autograd.Function):
    """Identity forward, -lambda backward."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: float) -> Tensor:
        """Return the features."""
        ctx.weight = weight
        return features.view_as(features)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Return -lambda times the gradient (Eq. 8)."""
        return -ctx.weight * gradients[0], None


def reverse_gradient(features: Tensor, weight: float) -> Tensor:
    """Return the features unchanged; their gradient is multiplied by -weight."""
    reversed_: Tensor = _Reversal.apply(features, weight)
    return reversed_


def ramp(done: float) -> float:
    """Return the share of lambda after a share of the training: 2 / (1 + exp(-10 p)) - 1."""
    return 2 / (1 + math.exp(-10 * done)) - 1


class SubjectAdversary(nn.Module):
    """A linear classifier of people, whose gradient makes the encoder forget them."""

    def __init__(self, width: int, n_people: int) -> None:
        """Make the classifier of features of this width."""
        super().__init__()
        self.classify = nn.Linear(width, n_people)

    def forward(self, features: Tensor, person: Tensor, present: Tensor, weight: float) -> Tensor:
        """Return the cross-entropy of people (Eq. 7), for features with reversed gradient.

        Args:
            features: Output of the encoder, (B, d).
            person: (B,).
            present: People in this stage, (S,) bool; the others cannot be answered.
            weight: lambda.
        """
        logits = self.classify(reverse_gradient(features, weight))  # (B, S)
        return functional.cross_entropy(logits.masked_fill(~present, float("-inf")), person)
