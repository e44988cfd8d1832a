"""Part of a BIDS data set: the `bids` section."""

from typing import Literal

from pydantic import Field

from videeg_pipe.config.source import SourceSection


class BidsOptions(SourceSection):
    """The part of a BIDS data set that is used."""

    task: str | None = Field(
        None, description="Task to use; may be null if the data set has only one."
    )
    stimuli: str = Field("stimuli", description="Folder that `stim_file` is relative to.")
    electrodes: Literal["auto", "template", "RAS", "ALS", "ARS"] = Field(
        "auto",
        description="Electrode positions: from electrodes.tsv with the axes that coordsystem.json "
        "states (auto) or with stated axes (RAS: x to the right, y forward; ALS: x forward, y to "
        "the left; ARS: x forward, y to the right), or the template's positions of 10-05 names.",
    )
    redistributable_videos: bool = Field(
        False, description="Whether the videos' licence allows frames in the release."
    )
    onsets: Literal["auto", "clock", "samples"] = Field(
        "auto",
        description="Whether onsets count the pauses of a file (clock) or only its samples; auto: "
        "as its markers show.",
    )
