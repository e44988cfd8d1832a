"""Filtering, windows, splits and scales: `preprocess`, `windows`, `split`, `normalisation`."""

from typing import Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section


class Preprocess(Section):
    """From raw recordings to clean ones."""

    l_freq: float = Field(0.5, gt=0, description="Lower edge of the band-pass, in Hz.")
    h_freq: float = Field(40.0, gt=0, description="Upper edge of the band-pass, in Hz.")
    notch_hz: float | None = Field(
        None, gt=0, description="Frequency of the notch filter, in Hz, or null for none."
    )
    sfreq: float = Field(200.0, ge=100, description="Sampling rate after resampling, in Hz.")
    reference: Literal["average", "recorded"] = Field(
        "average", description="Average reference, or the one it was recorded against."
    )
    bad_channels: Literal["interpolate", "keep"] = Field(
        "interpolate", description="What happens to the bad channels that pyprep finds."
    )
    ransac: bool = Field(False, description="Let pyprep use RANSAC too: finds more, takes minutes.")
    max_bad_fraction: float = Field(
        0.3, ge=0, le=1, description="A recording with more bad channels than this is refused."
    )
    montage: Literal["own", "seed-dv"] = Field(
        "own",
        description="The data set's own electrodes, or SEED-DV's 62 by spherical splines.",
    )

    @model_validator(mode="after")
    def _band_fits(self) -> "Preprocess":
        if not self.l_freq < self.h_freq < self.sfreq / 2:
            raise ValueError(
                f"preprocess: expected l_freq < h_freq < sfreq/2 (Nyquist), found "
                f"{self.l_freq} Hz, {self.h_freq} Hz and {self.sfreq / 2} Hz"
            )
        return self


class Normalisation(Section):
    """How amplitudes are brought to one scale; fitted on training windows alone."""

    scale: Literal["sd", "range"] = Field(
        "sd",
        description="Scale of a subject and channel: standard deviation, or the largest absolute "
        "value, which maps to [-1, 1] as the paper does.",
    )


class Windows(Section):
    """How clips are cut into windows."""

    length_s: float = Field(1.0, gt=0, description="Length of a window, in seconds.")
    stride_s: float = Field(1.0, gt=0, description="From one window's start to the next's, in s.")


class Split(Section):
    """Which windows are for training, validation and test; never at random over windows."""

    by: Literal["block", "subject"] = Field(
        "block", description="Hold out whole blocks, or whole people."
    )
    validation: list[int] | list[str] = Field(
        [6], min_length=1, description="Blocks (numbers) or subjects (names) for validation."
    )
    test: list[int] | list[str] = Field(
        [7], min_length=1, description="Blocks (numbers) or subjects (names) for the test."
    )

    @model_validator(mode="after")
    def _disjoint(self) -> "Split":
        both = set(map(str, self.validation)) & set(map(str, self.test))
        if both:
            raise ValueError(
                f"split: expected disjoint validation and test, "
                f"found {', '.join(sorted(both))} in both"
            )
        return self
