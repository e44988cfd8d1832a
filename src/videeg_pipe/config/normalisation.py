"""Scale of the amplitudes: the `normalisation` section."""

from typing import Literal

from pydantic import Field

from videeg_pipe.config.base import Section


class NormalisationOptions(Section):
    """Scale that amplitudes are divided by; fitted on training windows only."""

    scale: Literal["sd", "range"] = Field(
        "sd",
        description="Scale per subject and channel: standard deviation, or the largest absolute "
        "value, which maps to [-1, 1] as the paper does.",
    )
