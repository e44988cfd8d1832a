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
"""The network's output for x_t and t (B,), of the shape of x_t."""
Encoded = TypeVar("Encoded")


def guided(
    encode: Callable[[Condition], Encoded],
    network: Callable[[Tensor, Tensor, Encoded], Tensor],
    condition: Condition,
    settings: SampleOptions,
) -> Predict:
    """Bind condition, guidance and precision to a network.

    Args:
        encode: Encodes a condition; called once, not at each step.
        network: Takes x_t, t (B,) and the encoded condition.
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
        conditional = encode(condition)
        unconditional = None
        if settings.guidance != 1:
            unconditional = encode(without_stimulus(condition))

    def predict(x_t: Tensor, t: Tensor) -> Tensor:
        with arithmetic():
            output = network(x_t, t, conditional).float()
            if unconditional is None:
                return output
            base = network(x_t, t, unconditional).float()
        return base + settings.guidance * (output - base)

    return predict
