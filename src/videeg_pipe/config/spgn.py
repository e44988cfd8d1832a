"""Architecture of SPGN: the `spgn` section."""

from typing import Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section


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
    residual_uses_stimulus: bool = Field(
        True,
        description="Condition the diffusion of the residual on the stimulus, for alpha or blinks "
        "that follow it. With few windows, it then memorises which moments of the training had a "
        "blink. false needs evoked_head; spgn-paper, which has none, ignores it.",
    )
    evoked: EvokedOptions = Field(EvokedOptions(), description="The evoked head.")
    whitening: bool = Field(
        True, description="Diffuse in coordinates whitened by each person's cross-spectrum."
    )
    spectral_gain: bool = Field(
        True,
        description="Let the network filter the noisy window by gains per band and time token.",
    )
    bursts: bool = Field(
        True,
        description="Let the strength of rhythms, such as alpha, and the level of sources change "
        "from window to window as in training; needs whitening.",
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
        if not (self.residual_uses_stimulus or self.evoked_head):
            raise ValueError(
                "spgn.residual_uses_stimulus: expected true where spgn.evoked_head is false "
                "(nothing else sees the stimulus), found false"
            )
        if self.self_play and not self.graph_da:
            raise ValueError(
                "spgn.self_play: expected false where spgn.graph_da is false (self-play needs "
                "augmented input), found true"
            )
        return self
