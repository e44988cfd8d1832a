"""DynaMind's decoder: the `dynamind` section."""

from pydantic import Field

from videeg_pipe.config.base import Section


class DynamindOptions(Section):
    """Sizes and losses of DynaMind's three parts, by default for a few CPU cores."""

    filters: list[int] = Field(
        [32, 64, 128],
        min_length=3,
        max_length=3,
        description="Filters of a region's three layers; 64, 128, 256 in the paper.",
    )
    width: int = Field(
        192, ge=8, description="Width of the semantic embedding and of the prior; 768 in the paper."
    )
    heads: int = Field(4, ge=1, description="Attention heads of the prior.")
    prior_layers: int = Field(4, ge=1, description="Layers of the prior; 12 in the paper.")
    temporal_width: int = Field(
        128, ge=8, description="Width of a time patch; 256 in the paper, doubled after it."
    )
    patch: int = Field(80, ge=2, description="Samples per time patch.")
    dropout: float = Field(0.3, ge=0, lt=1, description="Dropout of the semantic embedding.")
    alignment: float = Field(0.31, ge=0, description="Weight of the pooled targets' error.")
    contrastive: float = Field(0.11, ge=0, description="Weight of the in-batch contrastive loss.")
    classes: float = Field(0.48, ge=0, description="Weight of the concepts' cross-entropy.")
    structure: float = Field(
        0.022, ge=0, description="Weight of the error of distances between frames."
    )
