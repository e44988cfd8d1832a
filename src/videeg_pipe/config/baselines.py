"""Sizes of the baselines: the `baselines` section."""

from pydantic import Field

from videeg_pipe.config.base import Section


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
