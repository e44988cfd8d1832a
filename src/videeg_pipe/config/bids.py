"""Part of a BIDS data set: the `bids` section."""

from typing import Any, Literal

from pydantic import Field, field_validator

from videeg_pipe.config.source import SourceSection


class BidsOptions(SourceSection):
    """The part of a BIDS data set that is used."""

    task: str | list[str] | None = Field(
        None,
        description="Task or tasks to use, such as video or [video, movie]; null uses all. "
        "Recordings whose events show no video are skipped.",
    )
    sessions: list[str] | None = Field(
        None, min_length=1, description="Sessions to use, such as [01, 02]; null uses all."
    )
    runs: list[str] | None = Field(
        None, min_length=1, description="Runs to use, such as [1, 3]; null uses all."
    )
    concept: str | None = Field(
        None,
        description="Column of events.tsv that names the concept; null uses trial_type where it "
        "names content (cat), otherwise the name of the video (where it is stimulus/video).",
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

    @field_validator("sessions", "runs", mode="before")
    @classmethod
    def _numbers_are_names(cls, names: Any) -> Any:
        return [str(name) for name in names] if isinstance(names, list) else names
