"""Training without a person, and adaptation: the `new_people` section."""

from pydantic import Field, NonNegativeInt

from videeg_pipe.config.base import Section


class NewPeopleOptions(Section):
    """Leave-one-person-out training and adaptation: `snakemake people`."""

    n_windows: list[NonNegativeInt] = Field(
        [0, 25, 100, 400],
        min_length=1,
        description="Numbers of a held-out person's training windows that the generator adapts to "
        "before it is scored on their test windows. Numbers above the available ones are skipped.",
    )
