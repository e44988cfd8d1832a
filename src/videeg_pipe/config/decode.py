"""Which decoders `snakemake decode` trains and scores: the `decode` section."""

import re
from typing import Any, Literal

from pydantic import Field, PositiveInt, model_validator

from videeg_pipe.config.base import Section
from videeg_pipe.models.decoders.registry import DECODERS

Method = Literal["none", "z-score", "euclidean", "least-squares", "new2source", "heads"]
"""Of adaptation to a new person; see `models/decoders/mapper.py`."""


Part = Literal["latents", "text", "keyframe"]
"""What clips are drawn from."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class DecoderVariant(Section):
    """A decoder with other options, trained on known people beside the decoder itself."""

    of: str = Field(description="The decoder.")
    options: dict[str, Any] = Field(
        description="Options that differ, by section, of those that the decoder reads."
    )


class DecodeOptions(Section):
    """Rows of the table of decoders; floors are always beside them."""

    decoders: list[str] = Field(
        ["sam-net", "eeg2video", "dynamind", "mindcross"],
        description="Decoders to train.",
    )
    seeds: PositiveInt = Field(
        1, description="Trainings per decoder, with seeds of their own; floors have one."
    )
    new_people: int = Field(
        0, ge=0, description="People whom no decoder is trained on: the last ones of the run."
    )
    single_people: int = Field(
        0, ge=0, description="Known people who also get decoders of their own: the first ones."
    )
    calibration: list[float] = Field(
        [15.0],
        description="Shares of a new person's training clips, percent, to adapt to; the earliest "
        "clips are taken.",
    )
    adapted: list[str] = Field(
        ["sam-net"], description="Decoders that are adapted to new people, of those trained."
    )
    methods: list[Method] = Field(
        ["z-score", "euclidean", "least-squares", "new2source", "heads"],
        description="Methods of adaptation: scales or mean covariance of the electrodes, a matrix, "
        "SAM-Net's mapper, or fine-tuning of the last layers.",
    )
    own_start: bool = Field(
        True,
        description="Draw the clips of known people a second time, with the start of the sampler "
        "that a decoder's publication has.",
    )
    variants: dict[str, DecoderVariant] = Field(
        {},
        description="Ablations that need a training: by name, the decoder (`of`) and `options` "
        "that differ, section by section. They are trained on known people with all seeds, "
        "and compared with their decoder.",
    )
    without: dict[str, list[Part]] = Field(
        {},
        description="Ablations that need none: parts that clips of known people are drawn without, "
        "by decoder.",
    )
    clips_per_run: PositiveInt | None = Field(
        None,
        description="Test clips per run of one concept that are reconstructed, the first ones; "
        "null for all. The run is the independent unit, so fewer clips cost little precision.",
    )
    bootstrap: PositiveInt = Field(1000, description="Draws of intervals and permutations.")
    threads: PositiveInt = Field(
        1, description="Threads of a training and of a reconstruction; results depend on it."
    )

    @model_validator(mode="after")
    def _decoders_exist(self) -> "DecodeOptions":
        known = [name for name, spec in DECODERS.items() if spec.kind == "decoder"]
        bases = [variant.of for variant in self.variants.values()]
        for option, names, choices in (
            ("decoders", self.decoders, known),
            ("adapted", self.adapted, self.decoders),
            ("variants", bases, self.decoders),
            ("without", self.without, self.decoders),
        ):
            unknown = sorted(set(names) - set(choices))
            if unknown:
                raise ValueError(
                    f"decode.{option}: expected some of {', '.join(choices)}, "
                    f"found {', '.join(unknown)}"
                )
        for name in self.variants:
            if not _NAME.fullmatch(name) or name in (*DECODERS, "ceilings"):
                raise ValueError(
                    f"decode.variants: expected a new name of small letters, digits and hyphens, "
                    f"found {name}"
                )
        if any(len(set(parts)) < len(parts) for parts in self.without.values()):
            raise ValueError(f"decode.without: expected each part once, found {self.without}")
        if not all(0 < share <= 100 for share in self.calibration):
            raise ValueError(
                f"decode.calibration: expected percentages above 0 up to 100, "
                f"found {self.calibration}"
            )
        return self
