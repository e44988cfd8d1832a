"""One training of a picture model."""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments import LightningEnvironment
from numpy.typing import NDArray
from torch import nn

from videeg_pipe.config.pictures import PictureTraining
from videeg_pipe.pictures.data import Items
from videeg_pipe.runtime.device import chosen_device, moved
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed

logger = logging.getLogger(__name__)

_ROWS = 20  # of a history
_WARM_UP = 0.05  # share of the steps


def fit(
    loss: nn.Module,
    weights: Sequence[nn.Parameter],
    items: Items,
    options: PictureTraining,
    *,
    seed: int,
    name: str,
) -> dict[str, Any]:
    """Minimise a loss by AdamW, with a rate that warms up and falls to zero.

    Args:
        loss: Called with the inputs of a batch and a generator `rng`; `loss` among its results is
            minimised. It stays on the device of the training, in evaluation mode.
        weights: The weights to train; the others are frozen.
        items: Of the training split.
        options: Steps, batch size and learning rate.
        seed: Draws batches and noise.
        name: Name of the training.

    Returns:
        For a record: steps, seconds, number of weights, and the mean losses over time.

    Raises:
        UserError: if there are no items, or the loss stops being finite.
    """
    if not len(items):
        raise UserError(
            f"training of {name}",
            expected="clips of the training split",
            found="none",
            next_step="check the section split of the configuration",
        )
    loss.requires_grad_(False)
    for weight in weights:
        weight.requires_grad_(True)
    fabric = make_fabric()
    optimizer = torch.optim.AdamW(weights, lr=options.learning_rate)
    model, optimizer = fabric.setup(loss.train(), optimizer)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        options.learning_rate,
        total_steps=options.steps,
        # a warm-up of exactly one step would divide by zero
        pct_start=2 * _WARM_UP if _WARM_UP * options.steps == 1 else _WARM_UP,
        cycle_momentum=False,
    )
    rng = torch.Generator().manual_seed(derive_seed(seed, "noise"))
    every = max(1, options.steps // _ROWS)
    history: list[dict[str, float]] = []
    values: list[float] = []
    started = time.monotonic()
    chosen = _batches(len(items), options, derive_seed(seed, "batches"))
    for step, batch in enumerate(progress(chosen, f"train {name}", options.steps), start=1):
        given = {key: moved(value, fabric.device) for key, value in items[batch].items()}
        value = model(rng=rng, **given)
        fabric.backward(value)
        fabric.clip_gradients(model, optimizer, max_norm=1.0, error_if_nonfinite=False)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        values.append(value.item())
        if step % every == 0 or step == options.steps:
            history.append({"step": step, "loss": float(np.mean(values))})
            values = []
            logger.info("%s: step %d, loss %.4g", name, step, history[-1]["loss"])
            _check(history[-1]["loss"], name)
    loss.eval().requires_grad_(False)
    return {
        "steps": options.steps,
        "items": len(items),
        "weights": sum(weight.numel() for weight in weights),
        "seconds": round(time.monotonic() - started, 1),
        "history": history,
    }


@torch.no_grad()
def validate(loss: nn.Module, items: Items, batch_size: int) -> float | None:
    """Return the mean loss over all items, with the same noise each time; None without items."""
    device = next(loss.parameters()).device
    rng = torch.Generator().manual_seed(0)
    total = 0.0
    for start in range(0, len(items), batch_size):
        batch = np.arange(start, min(start + batch_size, len(items)))
        given = {key: value.to(device) for key, value in items[batch].items()}
        total += loss(rng=rng, **given).item() * len(batch)
    return total / len(items) if len(items) else None


def make_fabric() -> Fabric:
    """Return one GPU, or the CPU where there is none."""
    return Fabric(accelerator=chosen_device().type, devices=1, plugins=LightningEnvironment())


def _batches(n: int, options: PictureTraining, seed: int) -> Iterator[NDArray[np.intp]]:
    """Yield the items of each batch; every item comes up once before any comes up again."""
    rng = np.random.default_rng(seed)
    waiting = np.empty(0, np.intp)
    for _ in range(options.steps):
        while len(waiting) < options.batch_size:
            waiting = np.concatenate([waiting, rng.permutation(n)])
        yield waiting[: options.batch_size]
        waiting = waiting[options.batch_size :]


def _check(loss: float, name: str) -> None:
    if not np.isfinite(loss):
        raise UserError(
            f"training of {name}",
            expected="a finite loss",
            found=str(loss),
            next_step=f"lower pictures.{name}_training.learning_rate",
        )
