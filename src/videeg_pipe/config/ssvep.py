"""Decoders of a flicker, trained on generated EEG: the `ssvep` section."""

from pydantic import Field, PositiveInt

from videeg_pipe.config.base import Section


class SsvepOptions(Section):
    """Decoders of a flicker, trained on generated and on real EEG: `snakemake ssvep`."""

    own_trials: list[PositiveInt] = Field(
        [8, 16, 32],
        min_length=1,
        description="Numbers of the left-out person's own trials that a decoder is trained with. "
        "Numbers above the available trials are skipped.",
    )
    choices: PositiveInt = Field(
        5, description="Random choices of the own trials; accuracies are means over them."
    )
    augmentation: PositiveInt = Field(
        4,
        description="Generated (or other people's) windows per own window where both train a "
        "decoder.",
    )
