"""Graph-DA: augmentation of the graphs' input in training, by noise and channel dropout."""

import torch
from torch import Tensor


def augment(x: Tensor, *, ratio: float, noise_sd: float, rng: torch.Generator) -> Tensor:
    """Add Gaussian noise and set a share of each window's channels to zero.

    Args:
        x: Windows, (B, C, T).
        ratio: Share of channels to drop, rounded to whole channels; drawn per window.
        noise_sd: SD of the noise, in the units of `x`.
        rng: CPU generator.

    Returns:
        (B, C, T).
    """
    B, C, _ = x.shape
    order = torch.rand(B, C, generator=rng).argsort(dim=1)
    kept = (order >= round(ratio * C)).to(x)  # (B, C): a random permutation's ranks
    noise = noise_sd * torch.randn(x.shape, generator=rng).to(x)
    return (x + noise) * kept[:, :, None]
