"""From raw recordings to clean ones: the `preprocess` section."""

from typing import Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section


class PreprocessOptions(Section):
    """From raw recordings to clean ones."""

    l_freq: float = Field(0.5, gt=0, description="Lower edge of the band-pass, in Hz.")
    h_freq: float = Field(40.0, gt=0, description="Upper edge of the band-pass, in Hz.")
    notch_hz: float | None = Field(
        None, gt=0, description="Frequency of the notch filter, in Hz, or null for none."
    )
    sfreq: float = Field(200.0, ge=100, description="Sampling rate after resampling, in Hz.")
    reference: Literal["average", "recorded"] = Field(
        "average",
        description="Average reference, or the recorded one. The average of few electrodes over "
        "one area removes what they share.",
    )
    bad_channels: Literal["interpolate", "keep"] = Field(
        "interpolate",
        description="Treatment of the bad channels that pyprep finds; flat ones cannot be kept.",
    )
    ransac: bool = Field(
        False, description="Also use pyprep's RANSAC: it finds more and takes minutes."
    )
    max_bad_fraction: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Largest share of bad channels; recordings with more are refused.",
    )
    ica: Literal["off", "icalabel"] = Field(
        "off",
        description="Remove independent components that ICLabel labels as eye, muscle, heart or "
        "noise. Needs `pip install '.[icalabel]'` in the repository.",
    )
    montage: Literal["own", "seed-dv"] = Field(
        "own",
        description="The data set's own electrodes, or SEED-DV's 62 by spherical splines, from at "
        "least 16 electrodes.",
    )

    @model_validator(mode="after")
    def _band_fits(self) -> "PreprocessOptions":
        if not self.l_freq < self.h_freq < self.sfreq / 2:
            raise ValueError(
                f"preprocess: expected l_freq < h_freq < sfreq/2 (Nyquist), found "
                f"{self.l_freq} Hz, {self.h_freq} Hz and {self.sfreq / 2} Hz"
            )
        return self

    @model_validator(mode="after")
    def _reference_fits(self) -> "PreprocessOptions":
        if self.ica == "icalabel" and self.reference != "average":
            raise ValueError(
                "preprocess: expected reference average, which ICLabel needs, with ica icalabel, "
                f"found {self.reference}; set one of them to another value"
            )
        return self
