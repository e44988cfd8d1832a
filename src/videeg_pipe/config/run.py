"""What holds for the whole run: the `run` section."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from videeg_pipe.config.base import Section
from videeg_pipe.models.registry import GENERATORS

if TYPE_CHECKING:
    GeneratorName = str
else:
    GeneratorName = Literal[tuple(GENERATORS)]


class RunOptions(Section):
    """Seeds, places and devices."""

    seed: int = Field(42, ge=0, lt=2**31, description="Seed of everything drawn at random.")
    results: str = Field("results", min_length=1, description="Folder of everything written.")
    model: GeneratorName = Field("spgn", description="Generator to train.")
    reduced: bool = Field(
        True,
        description="Make the tables of trials with what they name as `reduced` (sizes, minutes, "
        "windows), for a few CPU cores; false with the run's own options and the papers' sizes.",
    )
    gpus: int = Field(
        0, ge=0, description="GPUs asked of the scheduler by embedding, training and sampling."
    )
