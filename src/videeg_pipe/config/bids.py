"""Part of a BIDS data set: the `bids` section."""

from pydantic import Field

from videeg_pipe.config.source import SourceSection


class BidsOptions(SourceSection):
    """Which part of a BIDS data set to take."""

    task: str | None = Field(None, description="Task to take; null takes the only one there is.")
    stimuli: str = Field("stimuli", description="Folder that `stim_file` is relative to.")
    redistributable_videos: bool = Field(
        False, description="Whether the videos' licence allows frames in the release."
    )
