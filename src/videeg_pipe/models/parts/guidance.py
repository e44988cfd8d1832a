"""Classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598) around any network."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.base import without_stimulus

Predict = Callable[[Tensor, Tensor], Tensor]
"""What the network returns for x_t and t (B,), of the shape of x_t."""
Told = TypeVar("Told")


def guided(
    encode: Callable[[Condition], Told],
    network: Callable[[Tensor, Tensor, Told], Tensor],
    condition: Condition,
    settings: SampleOptions,
) -> Predict:
    """Give the network its condition and guidance, in the arithmetic asked for.

    Args:
        encode: Makes of a condition what the network is told; called once, not at each step.
        network: Takes x_t, t (B,) and what it is told.
        condition: B conditions.
        settings: Guidance, 1 for none, and precision.
    """
    arithmetic = partial(
        torch.autocast,
        condition.clip.device.type,
        torch.bfloat16,
        enabled=settings.precision == "bf16-mixed",
    )
    with arithmetic():
        told = encode(condition)
        untold = None if settings.guidance == 1 else encode(without_stimulus(condition))

    def predict(x_t: Tensor, t: Tensor) -> Tensor:
        with arithmetic():
            output = network(x_t, t, told).float()
            if untold is None:
                return output
            base = network(x_t, t, untold).float()
        return base + settings.guidance * (output - base)

    return predict
