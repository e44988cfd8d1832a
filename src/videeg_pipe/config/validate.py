"""Scores and report: the `evaluation`, `new_people` and `report` sections."""

from pydantic import Field, NonNegativeInt

from videeg_pipe.config.base import Section


class EvaluationOptions(Section):
    """How the release and the generator are scored, on the test split."""

    mean_draws: int = Field(
        4,
        ge=2,
        multiple_of=2,
        description="Samples a window that the conditional mean is estimated from, in pairs of "
        "opposite noise.",
    )
    max_windows: int = Field(
        240, ge=8, description="Test windows that the generator is asked for again, to be scored."
    )
    max_lag_s: float = Field(0.25, gt=0, description="Largest lag of the lag audit, in seconds.")
    bootstrap: int = Field(1000, ge=10, description="Draws of the block bootstrap over clips.")


class NewPeopleOptions(Section):
    """Each person left out of a training: `snakemake people`."""

    n_windows: list[NonNegativeInt] = Field(
        [0, 25, 100, 400],
        min_length=1,
        description="Numbers of a left-out person's training windows that the generator is taught "
        "before it is scored on their test windows; those that the person has not are passed over.",
    )


class ReportOptions(Section):
    """The page that a person reads."""

    title: str = Field("VidEEG-Gen validation", min_length=1, description="Title of the page.")
    n_traces: int = Field(3, ge=1, le=12, description="Windows whose traces are shown.")
