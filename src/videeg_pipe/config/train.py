"""The generators and their training: the `spgn`, `baselines` and `train` sections."""

import json
from typing import Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section
from videeg_pipe.models.registry import GENERATORS


class EvokedOptions(Section):
    """The evoked head, which regresses the conditional mean."""

    drives: int = Field(96, ge=1, description="Drives, the rank of the response over electrodes.")
    width: int = Field(96, ge=1, description="Width of the layers that make drives and gates.")
    lags: int = Field(40, ge=2, description="Triangles that make up a response in time.")
    longest_lag_s: float = Field(0.75, gt=0, description="Longest lag of a response, s.")
    dropout: float = Field(0.2, ge=0, lt=1, description="Dropout of the gates.")


class SpgnOptions(Section):
    """Architecture of the self-play graph network; each part has a switch."""

    evoked_head: bool = Field(
        True, description="Regress the conditional mean, and diffuse what it leaves."
    )
    evoked: EvokedOptions = Field(EvokedOptions(), description="The evoked head.")
    whitening: bool = Field(
        True, description="Diffuse in coordinates whitened by each person's cross-spectrum."
    )
    spectral_gain: bool = Field(
        True, description="Let the network filter the noisy window, with gains a band and token."
    )
    regions: int = Field(
        24, ge=1, description="Regions in which the trunk gathers electrodes, by their positions."
    )

    hidden: int = Field(128, ge=16, description="Width of the trunk over time.")
    layers: int = Field(3, ge=1, description="Blocks of the trunk.")
    heads: int = Field(4, ge=1, description="Attention heads; they divide hidden and fused.")
    node_width: int = Field(
        16, ge=4, description="Features an electrode and time token; heads divide it."
    )
    fused: int = Field(512, ge=16, description="Width of the fused condition (Eq. 3).")
    time_tokens: int = Field(5, ge=1, description="Tokens that a window is cut into in time.")
    dropout: float = Field(0.05, ge=0, lt=1, description="Dropout inside the network.")
    eeg_prior: Literal["off", "preceding"] = Field(
        "off",
        description="Whether GLMNet encodes the EEG before the window; then the protocol is not "
        "generation any more and no release is made.",
    )
    electrode_graph: bool = Field(True, description="Use the electrode graphs.")
    signal_graph: bool = Field(True, description="Use the signal graphs.")
    spatial_attention: bool = Field(True, description="Spatial-graph attention.")
    graph_da: bool = Field(True, description="Graph-DA: noise and channel dropout in training.")
    graph_da_ratio: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="Share of training windows that Graph-DA augments, and of the channels that "
        "it drops in them.",
    )
    graph_da_noise: float = Field(
        0.1, ge=0, description="SD of Graph-DA's noise, in units of the training EEG's SD."
    )
    self_play: bool = Field(
        True, description="Self-play against augmented input (Eq. 5); needs graph_da."
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
                "spgn.self_play: expected false where spgn.graph_da is false (it plays against "
                "augmented input), found true"
            )
        return self


class BaselinesOptions(Section):
    """The generators that SPGN is compared with, each as its paper has it, or as we read it."""

    width: float = Field(
        1.0, gt=0, le=1, description="Factor on the widths of their networks; 1 is the papers' own."
    )
    depth: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Factor on the numbers of blocks of those that are stacks (not SSE).",
    )


class LossWeights(Section):
    """Weights of the five losses."""

    diffusion: float = Field(
        1.0, ge=0, description="Mean squared error of what the network predicts (Eq. 6)."
    )
    adversarial: float = Field(0.01, ge=0, description="Self-play (Eq. 5).")
    frequency: float = Field(0.0, ge=0, description="Log power spectra of the denoised window.")
    spatial: float = Field(0.0, ge=0, description="Covariance between electrodes.")
    temporal: float = Field(0.0, ge=0, description="First differences in time.")


class PrivacyOptions(Section):
    """Training with differential privacy, for each person whole; see docs/privacy.md."""

    epsilon: float | None = Field(
        None,
        gt=0,
        description="Epsilon that the training may spend on each person; null trains without "
        "differential privacy.",
    )
    delta: float = Field(
        1e-5, gt=0, lt=1, description="Delta beside it; far below one over the number of people."
    )
    clip_norm: float = Field(
        1.0, gt=0, description="Largest norm of what one person adds to a step's gradient."
    )
    sampling_rate: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Probability with which a step draws a person; a pass is its inverse in "
        "steps, and batch_size the windows that a step takes of each person drawn.",
    )


class TrainOptions(Section):
    """Optimisation."""

    leave_out: list[str] = Field(
        [],
        description="Subjects whose windows are neither trained on nor validated on, nor looked at "
        "by the signal graphs; the population's scale still comes from all.",
    )
    optimizer: Literal["adamw", "adam"] = Field("adamw", description="Optimiser, from torch.optim.")
    learning_rate: float = Field(1e-3, gt=0, description="Peak learning rate.")
    weight_decay: float = Field(1e-5, ge=0, description="Weight decay.")
    batch_size: int = Field(64, ge=1, description="Windows in a batch.")
    epochs: int = Field(10, ge=1, description="Passes over the training split for the diffusion.")
    evoked_epochs: int = Field(
        40, ge=1, description="Passes over the training split for the evoked head, which go first."
    )
    evoked_learning_rate: float = Field(
        2e-2, gt=0, description="Peak learning rate of the evoked head."
    )
    evoked_weight_decay: float = Field(3e-3, ge=0, description="Weight decay of the evoked head.")
    max_minutes: float | None = Field(
        None,
        gt=0,
        description="Stop training after this many minutes, to which the learning rate keeps; "
        "where something goes before the diffusion, each has half. Null for no limit. Not "
        "reproducible.",
    )
    diffusion_steps: int = Field(1000, ge=10, description="Length T of the diffusion (Eq. 6).")
    ema_decay: float = Field(0.97, ge=0, lt=1, description="Decay of the averaged weights.")
    gradient_clip: float = Field(1.0, gt=0, description="Largest norm of the gradient.")
    condition_dropout: float = Field(
        0.1, ge=0, lt=1, description="Share of windows trained without condition, for guidance."
    )
    checkpoint_every: int = Field(5, ge=1, description="Epochs between resumable checkpoints.")
    precision: Literal["32-true", "bf16-mixed"] = Field(
        "32-true", description="Arithmetic of the network while training."
    )
    devices: int = Field(1, ge=1, description="GPUs that share the training, where there are any.")
    threads: int = Field(
        2, ge=1, description="CPU threads of training. Sums depend on it, cores do not."
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
