"""What generated EEG adds to decoders: the `augment` section."""

from pydantic import Field, PositiveInt, model_validator

from videeg_pipe.config.base import Section
from videeg_pipe.models.decoders.registry import DECODERS


class AugmentOptions(Section):
    """Curves of decoders over real and generated EEG: `snakemake augment`."""

    shares: list[float] = Field(
        [25.0, 100.0],
        min_length=1,
        description="Shares of each known person's training clips, percent, the earliest; a "
        "generator is trained for each, on nothing else.",
    )
    multiples: list[PositiveInt] = Field(
        [1, 4],
        min_length=1,
        description="Generated clips per real one; 0 is always beside them.",
    )
    decoders: list[str] = Field(
        ["lookup", "sam-net"], min_length=1, description="Decoders and floors to train."
    )
    calibration: list[float] = Field(
        [0.0, 15.0],
        description="Shares of a new person's training clips, percent, the earliest, that a "
        "generator is adapted to; 0 makes synthetic people instead, [] leaves new "
        "people out.",
    )
    seeds: PositiveInt = Field(
        1, description="Trainings per decoder and training set; the scores are means over them."
    )

    @model_validator(mode="after")
    def _values_exist(self) -> "AugmentOptions":
        unknown = sorted(set(self.decoders) - set(DECODERS))
        if unknown:
            raise ValueError(
                f"augment.decoders: expected some of {', '.join(DECODERS)}, "
                f"found {', '.join(unknown)}"
            )
        for option in ("shares", "multiples", "decoders", "calibration"):
            values = getattr(self, option)
            if len(set(values)) < len(values):
                raise ValueError(f"augment.{option}: expected each value once, found {values}")
        if not all(0 < share <= 100 for share in self.shares):
            raise ValueError(
                f"augment.shares: expected percentages above 0 up to 100, found {self.shares}"
            )
        if not all(0 <= share <= 100 for share in self.calibration):
            raise ValueError(
                f"augment.calibration: expected percentages from 0 to 100, found {self.calibration}"
            )
        return self
