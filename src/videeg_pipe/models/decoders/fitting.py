"""The training loop of all decoders and mappers: a fixed number of steps, in stages."""

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.runtime.device import chosen_device
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed

logger = logging.getLogger(__name__)

_WARM_UP = 0.05  # share of the steps in which the learning rate rises
_RECORDS = 20  # rows of a history


@dataclass(frozen=True)
class Stage:
    """Steps on a part of the training rows."""

    rows: NDArray[np.int64]
    steps: int


Losses = Callable[[NDArray[np.int64], Stage, float], dict[str, Tensor]]
"""Weighted losses of a batch of rows, in a stage, after a share of all steps."""


def minimise(
    module: nn.Module,
    losses: Losses,
    stages: Sequence[Stage],
    options: DecodersOptions,
    *,
    seed: int,
    title: str,
    parameters: Sequence[nn.Parameter] | None = None,
) -> list[dict[str, Any]]:
    """Minimise the sum of losses by AdamW; the learning rate falls to 0 over all stages.

    There is no validation and no choice among epochs: the last weights are the result.

    Args:
        module: What is trained, on the first GPU if there is one; it returns to the CPU. Its mode
            stays until the end, when it is in evaluation mode.
        losses: Losses of a batch.
        stages: Rows and steps, one after another.
        options: Batch size, learning rate, weight decay and clipping.
        seed: Seed of the batches.
        title: Name of the training, for progress and errors.
        parameters: Weights to train; all without it.

    Returns:
        Means of the losses since the row before, in about twenty rows.

    Raises:
        UserError: if a loss stops being finite.
    """
    # a second to import, which decoders that only predict do not need
    from lightning_fabric import Fabric
    from lightning_fabric.plugins.environments import LightningEnvironment

    steps = sum(stage.steps for stage in stages)
    weights = list(module.parameters()) if parameters is None else list(parameters)
    optimizer: Any = torch.optim.AdamW(
        weights, lr=options.learning_rate, weight_decay=options.weight_decay, fused=True
    )
    fabric = Fabric(accelerator=chosen_device().type, devices=1, plugins=LightningEnvironment())
    _, optimizer = fabric.setup(module, optimizer)
    history: list[dict[str, Any]] = []
    recent: list[dict[str, float]] = []
    batches = _batches(stages, options.batch_size, seed)
    for step, (stage, rows) in enumerate(progress(batches, title, steps), 1):
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * _rate((step - 1) / steps)
        parts = losses(rows, stage, (step - 1) / steps)
        loss = torch.stack(list(parts.values())).sum()
        fabric.backward(loss)
        norm = nn.utils.clip_grad_norm_(weights, options.gradient_clip)
        if not (loss.isfinite() and norm.isfinite()):
            raise UserError(
                f"{title}: step {step}",
                expected="a finite loss and gradient",
                found=f"loss {loss.item()}, gradient norm {norm.item()}",
                next_step="lower decoders.learning_rate",
            )
        optimizer.step()
        optimizer.zero_grad()
        recent.append({name: value.item() for name, value in parts.items()})
        if step % max(1, steps // _RECORDS) == 0 or step == steps:
            means = {name: float(np.mean([row[name] for row in recent])) for name in parts}
            history.append({"step": step, "rows": len(stage.rows)} | means)
            recent = []
            logger.info("%s: %s", title, history[-1])
    module.eval().cpu()
    return history


def _batches(
    stages: Sequence[Stage], size: int, seed: int
) -> Iterator[tuple[Stage, NDArray[np.int64]]]:
    """Yield batches of equal size: random orders of a stage's rows, one after another."""
    for number, stage in enumerate(stages):
        rng = np.random.default_rng(derive_seed(seed, "batches", str(number)))
        size_here = min(size, len(stage.rows))
        orders = math.ceil(stage.steps * size_here / len(stage.rows))
        order = np.concatenate([rng.permutation(stage.rows) for _ in range(orders)])
        for start in range(stage.steps):
            yield stage, order[start * size_here : (start + 1) * size_here]


def _rate(done: float) -> float:
    """Return the share of the peak learning rate: linear warm-up, then a cosine to 0."""
    if done < _WARM_UP:
        return max(done, 1e-3) / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP)))
