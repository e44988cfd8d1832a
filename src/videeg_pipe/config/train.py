"""The generators and their training: the `spgn`, `baselines` and `train` sections."""

import json
from typing import Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section
from videeg_pipe.models.registry import GENERATORS


class EvokedOptions(Section):
    """The evoked head, which regresses the conditional mean on the stimulus."""

    drives: int = Field(
        96, ge=1, description="Number of drives: the rank of the response over electrodes."
    )
    width: int = Field(96, ge=1, description="Width of the layers that compute drives and gates.")
    lags: int = Field(40, ge=2, description="Triangular basis functions per response in time.")
    longest_lag_s: float = Field(0.75, gt=0, description="Longest lag of a response, s.")
    dropout: float = Field(0.2, ge=0, lt=1, description="Dropout of the gates.")


class SpgnOptions(Section):
    """Architecture of the self-play graph network; each component has a switch."""

    evoked_head: bool = Field(
        True, description="Regress the conditional mean and diffuse the residual."
    )
    evoked: EvokedOptions = Field(EvokedOptions(), description="The evoked head.")
    whitening: bool = Field(
        True, description="Diffuse in coordinates whitened by each person's cross-spectrum."
    )
    spectral_gain: bool = Field(
        True,
        description="Let the network filter the noisy window by gains per band and time token.",
    )
    regions: int = Field(
        24, ge=1, description="Regions into which the trunk pools electrodes, by their positions."
    )

    hidden: int = Field(128, ge=16, description="Width of the trunk over time.")
    layers: int = Field(3, ge=1, description="Blocks of the trunk.")
    heads: int = Field(
        4,
        ge=1,
        description="Attention heads; hidden, fused and node_width must be multiples of it.",
    )
    node_width: int = Field(16, ge=4, description="Features per electrode and time token.")
    fused: int = Field(512, ge=16, description="Width of the fused condition (Eq. 3).")
    time_tokens: int = Field(5, ge=1, description="Time tokens per window.")
    dropout: float = Field(0.05, ge=0, lt=1, description="Dropout inside the network.")
    eeg_prior: Literal["off", "preceding"] = Field(
        "off",
        description="Whether GLMNet encodes the EEG before the window (preceding). The protocol is "
        "then reconstruction instead of generation, and no release is made.",
    )
    electrode_graph: bool = Field(True, description="Use the electrode graphs.")
    signal_graph: bool = Field(True, description="Use the signal graphs.")
    spatial_attention: bool = Field(True, description="Use spatial-graph attention.")
    graph_da: bool = Field(True, description="Use Graph-DA in training: noise and channel dropout.")
    graph_da_ratio: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="Share of training windows that Graph-DA augments, and share of channels that "
        "it drops in each.",
    )
    graph_da_noise: float = Field(
        0.1, ge=0, description="SD of Graph-DA's noise, in units of the training EEG's SD."
    )
    self_play: bool = Field(
        True, description="Train by self-play against augmented input (Eq. 5); requires graph_da."
    )

    @model_validator(mode="after")
    def _parts_fit(self) -> "SpgnOptions":
        for name in ("hidden", "fused", "node_width"):
            if getattr(self, name) % self.heads:
                raise ValueError(
                    f"spgn.{name}: expected a multiple of spgn.heads, {self.heads}, "
                    f"found {getattr(self, name)}"
                )
        if self.self_play and not self.graph_da:
            raise ValueError(
                "spgn.self_play: expected false where spgn.graph_da is false (self-play needs "
                "augmented input), found true"
            )
        return self


class BaselinesOptions(Section):
    """Size of the baselines; 1 is the size in each paper, or in our reading of it."""

    width: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Factor on the widths of the networks; 1 is the papers' widths.",
    )
    depth: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Factor on the number of blocks; no effect on SSE, which has no stack.",
    )


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
        "32-true", description="Precision of the network in training."
    )
    devices: int = Field(1, ge=1, description="GPUs for training, where available.")
    threads: int = Field(
        2,
        ge=1,
        description="CPU threads of training. Rounding depends on this number, not on the cores.",
    )
    losses: LossWeights = Field(LossWeights(), description="Weights of the losses.")
    privacy: PrivacyOptions = Field(PrivacyOptions(), description="Differential privacy.")


def against_privacy(
    model: str, spgn: SpgnOptions, train: TrainOptions
) -> tuple[str, str, str] | None:
    """Find the first option that lets recordings reach the checkpoint without the noise.

    Returns:
        The option, its required value and its current value, both as JSON; None without conflict.
    """
    private = [name for name, spec in GENERATORS.items() if spec.private]
    if model not in private:
        return "run.model", " or ".join(json.dumps(name) for name in private), json.dumps(model)
    checks = (
        ("spgn.whitening", False, spgn.whitening),
        ("spgn.signal_graph", False, spgn.signal_graph),
        ("spgn.eeg_prior", "off", spgn.eeg_prior),
        ("train.max_minutes", None, train.max_minutes),
        ("train.devices", 1, train.devices),
    )
    for option, needed, found in checks:
        if found != needed:
            return option, json.dumps(needed), json.dumps(found)
    return None
