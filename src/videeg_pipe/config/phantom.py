"""The simulated data set: the `phantom` section."""

from typing import Literal

from pydantic import Field

from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.config.source import SourceSection


class PhantomOptions(SourceSection):
    """The simulated data set, written in SEED-DV's layout, with the true evoked part beside it."""

    n_subjects: int = Field(4, ge=1, le=99, description="Simulated people.")
    layout: BlockLayout = Field(
        BlockLayout(concepts_per_block=12),
        description="Blocks and timing; fewer concepts than SEED-DV.",
    )
    width: int = Field(
        160, ge=64, multiple_of=2, description="Width of the videos, in pixels, even."
    )
    height: int = Field(
        120, ge=64, multiple_of=2, description="Height of the videos, in pixels, even."
    )
    captions: Literal["concept", "clip"] = Field(
        "concept",
        description="Captions: the same for all clips of a concept, or with words for what the "
        "clip shows: bright or dark, fast or slow, with a cut or steady.",
    )
    evoked_uv: float = Field(
        11.0,
        gt=0,
        description="P1 evoked by a clip's onset in the average person, at its strongest "
        "electrode, in uV. The whole evoked part scales with it, and nothing else: doubling it "
        "raises the evoked signal-to-noise ratio by 6 dB.",
    )
    lateral: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the responses to luminance and motion that each half of the picture "
        "evokes in the opposite hemisphere, without unit; the rest follows the whole picture. "
        "0: the EEG does not depend on where in the picture something happens.",
    )
    background_uv: float = Field(
        11.0, gt=0, description="Root mean square of the 1/f background over channels, in uV."
    )
    gain_sd: float = Field(
        0.25,
        ge=0,
        le=1,
        description="Slow changes of the background's amplitude: standard deviation of its natural "
        "logarithm, without unit. Does not change the mean power. 0: no changes.",
    )
    gain_s: float = Field(
        1.5,
        gt=0,
        description="Duration of such a change: lag at which the logarithm's autocorrelation has "
        "fallen to 1/e, in seconds.",
    )
    exponent_sd: float = Field(
        0.15,
        ge=0,
        le=1,
        description="Slow changes of the 1/f exponent: its standard deviation over time, without "
        "unit. Does not change the mean power. 0: no changes.",
    )
    alpha_uv: float = Field(
        10.0,
        ge=0,
        description="Root mean square of alpha at the peak of a burst, for the average person "
        "and the strongest electrode, in uV.",
    )
    burst_sd: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Standard deviation of the natural logarithm of a burst's amplitude, without "
        "unit. Does not change the mean power. 0: all bursts are equally strong.",
    )
    alpha_erd: float = Field(
        0.6,
        ge=0,
        lt=1,
        description="Share of alpha's power that a picture in full motion suppresses, relative to "
        "a still picture, without unit. Does not change the mean power during clips. 0: none.",
    )
    blink_uv: float = Field(80.0, ge=0, description="Peak of the average blink at FPZ, in uV.")
    blink_timing: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Share of the blinks that follow a cut or the start or end of a clip, without "
        "unit. Does not change their number. 0: blinks occur at any time.",
    )
    line_hz: float = Field(50.0, gt=0, description="Frequency of the mains, in Hz.")
    line_uv: float = Field(
        2.0, ge=0, description="Mean amplitude of the mains over channels, in uV."
    )

    @property
    def clip_s(self) -> float:
        """Length of a clip, in seconds."""
        return self.layout.clip_s
