"""Video and text features: the `embed` section."""

from typing import Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section


class EmbedOptions(Section):
    """CLIP embeddings of frames and sentences, and the stimulus track."""

    model: str = Field(
        "untrained",
        min_length=1,
        description="CLIP by hub name (openai/clip-vit-large-patch14) or local folder. `untrained` "
        "builds a small one with random weights: enough to run everything, it knows nothing.",
    )
    revision: str | None = Field(
        None, description="Commit of the hub repository, so that the weights cannot change."
    )
    dtype: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Arithmetic of CLIP; auto takes bfloat16 where the device has it."
    )
    batch_size: int = Field(32, ge=1, description="Frames or sentences in a batch.")
    frame_rate: float = Field(2.0, ge=1, le=2, description="Frames embedded a second, in Hz.")
    frame_size: int = Field(256, ge=224, description="Frames are resized to this square, pixels.")
    grid_s: float = Field(0.5, gt=0, description="Step of the alignment grid, in seconds.")
    align_window_s: float = Field(8.0, gt=0, description="Sliding alignment window (Eq. 1), in s.")
    align_overlap: float = Field(0.5, ge=0, lt=1, description="Overlap of alignment windows.")
    zero_shot_emotion: bool = Field(
        True,
        description="Where the source has no emotions, take CLIP's zero-shot guess, marked so.",
    )

    @model_validator(mode="after")
    def _revision_needs_a_hub_model(self) -> "EmbedOptions":
        if self.revision is not None and self.model == "untrained":
            raise ValueError("embed.revision: expected null with embed.model untrained")
        return self


class ConditionOptions(Section):
    """What a generator is told about a window; each path can be switched off for the ablation."""

    context_s: float = Field(
        2.0, gt=0, description="Causal video context up to the window's end, s."
    )
    n_frames: int = Field(4, ge=1, description="CLIP frames, evenly spaced in the context.")
    track_rate: float = Field(24.0, gt=0, description="Rate of the stimulus track, in Hz.")
    track_history_s: float = Field(1.0, ge=0, description="Track before the window's start, in s.")
    use_clip: bool = Field(True, description="Whether the generator sees CLIP embeddings.")
    use_track: bool = Field(True, description="Whether it sees the stimulus track.")
    use_text: bool = Field(True, description="Whether it sees the participant's sentence.")
    use_subject: bool = Field(True, description="Whether it has an embedding a known subject.")
