"""Optimisation, losses and differential privacy: the `train` section."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from videeg_pipe.config.base import Section
from videeg_pipe.models.registry import GENERATORS


class LossWeights(Section):
    """Weights of the five losses."""

    diffusion: float = Field(
        1.0, ge=0, description="Mean squared error of the network's prediction (Eq. 6)."
    )
    adversarial: float = Field(0.01, ge=0, description="Self-play (Eq. 5).")
    frequency: float = Field(0.0, ge=0, description="Log power spectra of the denoised window.")
    spatial: float = Field(0.0, ge=0, description="Covariance between electrodes.")
    temporal: float = Field(0.0, ge=0, description="First differences in time.")


class PrivacyOptions(Section):
    """Training with differential privacy per person; see docs/privacy.md."""

    epsilon: float | None = Field(
        None,
        gt=0,
        description="Privacy budget epsilon per person; null trains without differential privacy.",
    )
    delta: float = Field(
        1e-5, gt=0, lt=1, description="Delta of the budget; far below 1 over the number of people."
    )
    clip_norm: float = Field(
        1.0, gt=0, description="Largest norm of one person's contribution to a step's gradient."
    )
    sampling_rate: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Probability that a step includes a person. A pass has 1 / sampling_rate "
        "steps; batch_size is then the number of windows per included person.",
    )


class TrainOptions(Section):
    """Optimisation."""

    leave_out: list[str] = Field(
        [],
        description="Held-out subjects: excluded from training, validation and signal graphs. The "
        "population's scale still comes from all subjects.",
    )
    optimizer: Literal["adamw", "adam"] = Field("adamw", description="Optimiser from torch.optim.")
    learning_rate: float = Field(1e-3, gt=0, description="Peak learning rate.")
    weight_decay: float = Field(1e-5, ge=0, description="Weight decay.")
    batch_size: int = Field(64, ge=1, description="Windows per batch.")
    epochs: int = Field(10, ge=1, description="Epochs of the diffusion.")
    evoked_epochs: int = Field(
        40, ge=1, description="Epochs of the evoked head, which is trained before the diffusion."
    )
    evoked_learning_rate: float = Field(
        2e-2, gt=0, description="Peak learning rate of the evoked head."
    )
    evoked_weight_decay: float = Field(3e-3, ge=0, description="Weight decay of the evoked head.")
    min_steps: int = Field(
        250,
        ge=1,
        description="With few windows, the diffusion has more epochs than `epochs`, so that it has "
        "at least this many batches. 1: exactly `epochs`, as always with differential privacy.",
    )
    evoked_min_steps: int = Field(
        600, ge=1, description="The same for the evoked head, which needs more steps."
    )
    max_minutes: float | None = Field(
        None,
        gt=0,
        description="Stop training after this many minutes; the learning rate decays accordingly. "
        "A phase before the diffusion gets half of the time. Null for no limit. Results are not "
        "reproducible with a limit.",
    )
    diffusion_steps: int = Field(1000, ge=10, description="Length T of the diffusion (Eq. 6).")
    ema_decay: float = Field(
        0.97, ge=0, lt=1, description="Decay of the moving average of the weights."
    )
    gradient_clip: float = Field(1.0, gt=0, description="Norm at which gradients are clipped.")
    condition_dropout: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Share of windows trained without stimulus, and share without subject.",
    )
    checkpoint_every: int = Field(5, ge=1, description="Epochs between resumable checkpoints.")
    precision: Literal["32-true", "bf16-mixed"] = Field(
        "32-true",
        description="Precision of the diffusion network in training; the rest is float32.",
    )
    compile: bool = Field(
        False,
        description="Compile the network with torch.compile, for speed on a GPU. The first epoch "
        "takes minutes longer, and rounding differs. Needs a C++ compiler.",
    )
    devices: int = Field(
        1, ge=1, description="GPUs for training, per node; 1 also stands for the CPU."
    )
    nodes: int = Field(1, ge=1, description="Nodes for training; several need Slurm.")
    threads: int = Field(
        2,
        ge=1,
        description="CPU threads of training. Rounding depends on this number, not on the cores.",
    )
    losses: LossWeights = Field(LossWeights(), description="Weights of the losses.")
    privacy: PrivacyOptions = Field(PrivacyOptions(), description="Differential privacy.")


_PRIVATE = {"train.max_minutes": None, "train.devices": 1, "train.nodes": 1}
"""Values that differential privacy requires of options of training, whatever the generator."""


def privacy_conflict(
    model: str, config: Mapping[str, Mapping[str, Any]]
) -> tuple[str, str, str] | None:
    """Find the first option that lets recordings reach the checkpoint without the noise.

    Args:
        model: Name of the generator.
        config: Plain values by section and option: `train` and the sections of the generator.

    Returns:
        The option, its required value and its current value, both as JSON; None without conflict.
    """
    required = GENERATORS[model].private if model in GENERATORS else None
    if required is None:
        private = (name for name, spec in GENERATORS.items() if spec.private is not None)
        return "run.model", " or ".join(map(json.dumps, private)), json.dumps(model)
    for option, needed in (required | _PRIVATE).items():
        section, name = option.split(".")
        found = config[section][name]
        if found != needed:
            return option, json.dumps(needed), json.dumps(found)
    return None
