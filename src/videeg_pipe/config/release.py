"""Options of the released data set: the `release` section."""

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section


class ReleaseOptions(Section):
    """Content and metadata of the released data set."""

    n_samples: int = Field(1007, ge=1, description="Number of windows to release.")
    fractions: tuple[float, float, float] = Field(
        (0.7, 0.15, 0.15),
        description="Shares of train, validation and test; 1007 gives 704, 151 and 152.",
    )
    include_frames: bool = Field(
        False, description="Include video frames, where the videos' licence allows it."
    )
    title: str = Field("VidEEG-Gen", min_length=1, description="Title of the data set.")
    version: str = Field(
        "1.0.0",
        pattern=r"^\d+\.\d+\.\d+$",
        description="Version of the data set, as major.minor.patch.",
    )

    @model_validator(mode="after")
    def _fractions_sum_to_one(self) -> "ReleaseOptions":
        if any(f < 0 for f in self.fractions) or abs(sum(self.fractions) - 1) > 1e-6:
            raise ValueError(
                f"release.fractions: expected three shares that add up to 1, found {self.fractions}"
            )
        return self
