"""Losses that decoders share."""

import torch
from torch import Tensor
from torch.nn import functional

TEMPERATURE = 0.07


def contrastive(predicted: Tensor, true: Tensor, clip: Tensor) -> Tensor:
    """Return the InfoNCE loss of predictions among the targets of a batch.

    Args:
        predicted: (B, p).
        true: Targets, (B, p).
        clip: Identity of each target, (B,); equal targets are not negatives of each other.
    """
    predicted, true = functional.normalize(predicted, dim=-1), functional.normalize(true, dim=-1)
    logits = predicted @ true.T / TEMPERATURE  # (B, B)
    same = clip[:, None] == clip  # (B, B)
    other = same & ~torch.eye(len(clip), dtype=torch.bool, device=clip.device)
    return functional.cross_entropy(
        logits.masked_fill(other, float("-inf")), torch.arange(len(clip), device=clip.device)
    )
