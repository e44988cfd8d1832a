"""Seeds of the phantoms that a generator is scored on: `config/phantoms.yaml`."""

from typing import Annotated

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section

Seeds = Annotated[list[Annotated[int, Field(ge=0, lt=2**31)]], Field(min_length=1)]


class PhantomSeeds(Section):
    """Values of `run.seed` by their purpose; no seed serves two."""

    development: Seeds = Field(description="For choices of options and code.")
    final: Seeds = Field(description="For the published table, after all choices.")
    reserve: Seeds = Field(description="Never run so far.")
    former: list[int] = Field([], description="Once in `final`; results on them led to a change.")

    @model_validator(mode="after")
    def _seeds_differ(self) -> "PhantomSeeds":
        seeds = [*self.development, *self.final, *self.reserve, *self.former]
        twice = sorted({seed for seed in seeds if seeds.count(seed) > 1})
        if twice:
            raise ValueError(f"expected each seed once, found {', '.join(map(str, twice))} again")
        return self
