"""Scores and report: the `evaluation`, `new_people` and `report` sections."""

from pydantic import Field, NonNegativeInt

from videeg_pipe.config.base import Section


class EvaluationOptions(Section):
    """Scoring of release and generator on the test split."""

    mean_draws: int = Field(
        4,
        ge=2,
        multiple_of=2,
        description="Samples per window for estimating the conditional mean, in pairs of opposite "
        "noise.",
    )
    max_windows: int = Field(
        240,
        ge=8,
        description="Largest number of test windows for which new samples are drawn and scored.",
    )
    max_lag_s: float = Field(0.25, gt=0, description="Largest lag of the lag audit, in s.")
    bootstrap: int = Field(
        1000, ge=10, description="Number of draws of the block bootstrap over clips."
    )


class NewPeopleOptions(Section):
    """Leave-one-person-out training and adaptation: `snakemake people`."""

    n_windows: list[NonNegativeInt] = Field(
        [0, 25, 100, 400],
        min_length=1,
        description="Numbers of a held-out person's training windows that the generator adapts to "
        "before it is scored on their test windows. Numbers above the available ones are skipped.",
    )


class ReportOptions(Section):
    """The report page."""

    title: str = Field("VidEEG-Gen validation", min_length=1, description="Title of the page.")
    n_traces: int = Field(3, ge=1, le=12, description="Number of windows whose traces are shown.")
