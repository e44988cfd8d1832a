"""Inputs of a generator: the `condition` section."""

from pydantic import Field

from videeg_pipe.config.base import Section

HIGHEST_RATE = 240.0
"""Of the stimulus track, Hz: that of the fastest stimulus program."""


class ConditionOptions(Section):
    """Inputs of a generator for one window; each can be switched off for the ablation."""

    context_s: float = Field(
        2.0, gt=0, description="Causal video context up to the window's end, in s."
    )
    n_frames: int = Field(4, ge=1, description="CLIP frames, evenly spaced in the context.")
    track_rate: float = Field(
        24.0,
        gt=0,
        le=HIGHEST_RATE,
        description="Rate of the stimulus track, in Hz; no stimulus program has more frames per "
        "second than 240.",
    )
    track_history_s: float = Field(
        1.0,
        ge=0.5,
        description="Track before the window's start, in s; at least 0.5, because a response to "
        "what was shown before lasts into the window.",
    )
    use_clip: bool = Field(True, description="Whether CLIP embeddings are an input.")
    use_track: bool = Field(True, description="Whether the stimulus track is an input.")
    use_text: bool = Field(True, description="Whether the participant's sentence is an input.")
    use_subject: bool = Field(True, description="Whether known subjects have an embedding.")
