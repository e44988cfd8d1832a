"""Seed, results folder, generator and devices: the `run` section."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from videeg_pipe.config.base import Section, plain_path
from videeg_pipe.models.registry import GENERATORS

if TYPE_CHECKING:
    GeneratorName = str
else:
    GeneratorName = Literal[tuple(GENERATORS)]


class RunOptions(Section):
    """Seeds, places and devices."""

    seed: int = Field(42, ge=0, lt=2**31, description="Seed of all random numbers.")
    results: str = Field("results", min_length=1, description="Folder of all outputs.")
    model: GeneratorName = Field("spgn", description="Generator to train.")
    reduced: bool = Field(
        True,
        description="Run the tables of trials with the overrides that they list under `reduced` "
        "(sizes, minutes, windows), for a few CPU cores; false uses the run's own options and the "
        "papers' sizes.",
    )
    gpus: int = Field(
        0,
        ge=0,
        description="GPUs per node. A job that can use one asks for it, a training for "
        "train.devices; a run on one machine uses as many at once. 0 computes on the CPU.",
    )

    @field_validator("results")
    @classmethod
    def _plain(cls, results: str) -> str:
        return plain_path("run.results", results)
