"""The report page: the `report` section."""

from pydantic import Field

from videeg_pipe.config.base import Section


class ReportOptions(Section):
    """The report page."""

    title: str = Field("VidEEG-Gen validation", min_length=1, description="Title of the page.")
    n_traces: int = Field(3, ge=1, le=12, description="Number of windows whose traces are shown.")
