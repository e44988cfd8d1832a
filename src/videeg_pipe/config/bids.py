"""Part of a BIDS data set: the `bids` section."""

from pydantic import Field

from videeg_pipe.config.source import SourceSection


class BidsOptions(SourceSection):
    """The part of a BIDS data set that is used."""

    task: str | None = Field(
        None, description="Task to use; may be null if the data set has only one."
    )
    stimuli: str = Field("stimuli", description="Folder that `stim_file` is relative to.")
    redistributable_videos: bool = Field(
        False, description="Whether the videos' licence allows frames in the release."
    )
