"""Options of the released data set: the `release` section."""

import re
from typing import Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


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
    max_bytes: int | None = Field(
        40_000_000_000,
        ge=1,
        description="Most bytes of EEG in a file, without compression: EEG beyond that is in "
        "volumes beside the HDF5 file, which reads them as one data set. 40 GB leave room for the "
        "other arrays below the 50 GB that hosts such as Zenodo accept. null: one file of any "
        "size.",
    )
    title: str = Field("VidEEG-Gen", min_length=1, description="Title of the data set.")
    version: str = Field(
        "1.0.0",
        pattern=r"^\d+\.\d+\.\d+$",
        description="Version of the data set, as major.minor.patch.",
    )
    licence: str | None = Field(
        None,
        min_length=1,
        description="Licence of the release, such as CC-BY-4.0. null: `License` in "
        "dataset_description.json of a BIDS data set, CC-BY-4.0 for the phantom; not stated "
        "elsewhere.",
    )
    authors: list[str] | None = Field(
        None,
        min_length=1,
        description="Authors of the release. null: `Authors` in dataset_description.json, the "
        "project's contributors for the phantom; not stated elsewhere.",
    )
    consent: str | None = Field(
        None,
        min_length=1,
        description="Statement on the consent of the recorded people to a public release of "
        "synthetic EEG. null: not stated.",
    )
    video_licence: str | None = Field(
        None,
        min_length=1,
        description="Licence of the videos. null: that of the source, where it is known; a BIDS "
        "data set does not state it.",
    )
    pseudonyms: Literal["auto", "keep", "number"] | dict[str, str] = Field(
        "auto",
        description="Subject codes in the release: those of the source (keep), person-1, person-2 "
        "and so on (person-01 from ten people on) in an order drawn from `run.seed` (number), or a "
        "mapping of each code to its pseudonym. auto: keep for simulated people, number for real "
        "people.",
    )

    @model_validator(mode="after")
    def _fractions_sum_to_one(self) -> "ReleaseOptions":
        if any(f < 0 for f in self.fractions) or abs(sum(self.fractions) - 1) > 1e-6:
            raise ValueError(
                f"release.fractions: expected three shares that add up to 1, found {self.fractions}"
            )
        return self

    @model_validator(mode="after")
    def _pseudonyms_are_distinct_names(self) -> "ReleaseOptions":
        names = [] if isinstance(self.pseudonyms, str) else list(self.pseudonyms.values())
        wrong = [name for name in names if not _CODE.fullmatch(name) or names.count(name) > 1]
        if wrong:
            raise ValueError(
                "release.pseudonyms: expected another pseudonym for each code, of letters, digits "
                f"and _ . -, found {wrong[0]!r}"
            )
        return self
