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
        "builds a small one with random weights: every stage runs, but embeddings mean nothing.",
    )
    revision: str | None = Field(
        None, description="Commit of the hub repository; it pins the weights."
    )
    captions: bool = Field(
        False,
        description="Give the untrained CLIP a token for each word of the phantom's captions; "
        "false spells them in bytes, 50 tokens per caption.",
    )
    dtype: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Arithmetic of CLIP; auto uses bfloat16 where the device supports it."
    )
    batch_size: int = Field(32, ge=1, description="Frames or sentences per batch.")
    frame_rate: float = Field(2.0, ge=1, le=2, description="Rate of the embedded frames, in Hz.")
    frame_size: int = Field(
        256, ge=224, description="Side of the square that frames are resized to, in pixels."
    )
    grid_s: float = Field(0.5, gt=0, description="Step of the alignment grid, in seconds.")
    align_window_s: float = Field(8.0, gt=0, description="Sliding alignment window (Eq. 1), in s.")
    align_overlap: float = Field(0.5, ge=0, lt=1, description="Overlap of alignment windows.")
    zero_shot_emotion: bool = Field(
        True,
        description="Label clips without an emotion by CLIP's zero-shot guess, marked as such. "
        "An untrained CLIP gives none.",
    )

    @model_validator(mode="after")
    def _revision_needs_a_hub_model(self) -> "EmbedOptions":
        if self.revision is not None and self.model == "untrained":
            raise ValueError("embed.revision: expected null with embed.model untrained")
        return self
