"""Training without a person, and adaptation: the `new_people` section."""

from pydantic import Field, NonNegativeInt

from videeg_pipe.config.base import Section


class NewPeopleOptions(Section):
    """Leave-one-person-out training and adaptation: `snakemake people`."""

    n_windows: list[NonNegativeInt] = Field(
        [0, 25, 100, 400],
        min_length=1,
        description="Numbers of training windows for adaptation to a held-out person; one score "
        "per number. Numbers above the available windows are skipped.",
    )
