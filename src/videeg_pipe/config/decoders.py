"""Training of all decoders: the `decoders` section."""

from pydantic import Field

from videeg_pipe.config.base import Section


class DecodersOptions(Section):
    """Training that all decoders share; every row of a table has the same number of steps."""

    steps: int = Field(
        450,
        ge=1,
        description="Gradient steps of a training, whatever the number of people, clips and "
        "stages.",
    )
    batch_size: int = Field(32, ge=2, description="Windows per step.")
    learning_rate: float = Field(1e-3, gt=0, description="Peak learning rate.")
    weight_decay: float = Field(0.01, ge=0, description="Weight decay of AdamW.")
    gradient_clip: float = Field(1.0, gt=0, description="Norm at which gradients are clipped.")
