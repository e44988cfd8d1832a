"""Adaptation of a decoder to a new person: the `mapper` section."""

from typing import Literal

from pydantic import Field

from videeg_pipe.config.base import Section


class MapperOptions(Section):
    """Maps from a new person's EEG to that of known people, and their rivals."""

    source: Literal["mean", "each"] = Field(
        "mean",
        description="Known side of a pair: the mean over people who saw the clip, or each of "
        "them. The paper does not say.",
    )
    match_variance: bool = Field(
        False,
        description="Scale the mapped EEG to unit variance per electrode. The error is least "
        "where only the shared response is left, which has less.",
    )
    steps: int = Field(
        300, ge=1, description="Gradient steps of each mapper, and of the heads' fine-tuning."
    )
    learning_rate: float = Field(3e-3, gt=0, description="Peak learning rate of the mappers.")
    head_learning_rate: float = Field(
        1e-3, gt=0, description="Peak learning rate of the heads' fine-tuning."
    )
