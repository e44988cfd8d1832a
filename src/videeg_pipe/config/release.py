"""The released data set: the `release` section."""

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section


class ReleaseOptions(Section):
    """What is put together and handed out."""

    n_samples: int = Field(1007, ge=1, description="Windows to release.")
    fractions: tuple[float, float, float] = Field(
        (0.7, 0.15, 0.15),
        description="Shares of train, validation and test; 1007 becomes 704, 151 and 152.",
    )
    include_frames: bool = Field(
        False, description="Put video frames in, where the videos' licence allows it."
    )
    title: str = Field("VidEEG-Gen", min_length=1, description="Title of the data set.")
    version: str = Field(
        "1.0.0",
        pattern=r"^\d+\.\d+\.\d+$",
        description="Version of the data set: major.minor.patch.",
    )

    @model_validator(mode="after")
    def _fractions_make_a_whole(self) -> "ReleaseOptions":
        if any(f < 0 for f in self.fractions) or abs(sum(self.fractions) - 1) > 1e-6:
            raise ValueError(
                f"release.fractions: expected three shares that add up to 1, found {self.fractions}"
            )
        return self
