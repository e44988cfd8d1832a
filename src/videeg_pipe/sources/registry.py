"""The sources by name: the one place that lists them.

Imports nothing heavy: the configuration and the Snakefile read it.
"""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from videeg_pipe.sources.base import Listing, Reading, Tables


@dataclass(frozen=True)
class SourceSpec:
    """One source: a package with the modules `listing`, `tables` and `reading`."""

    name: str  # as in `source.kind`
    package: str
    description: str  # in the report
    card: str  # in the data card
    options: tuple[str, ...] = ()  # its own sections of the configuration
    description_file: str | None = None  # in `source.path`: states licence and authors
    simulated: bool = False  # the workflow makes its files; those of others lie in `source.path`
    downloads: bool = False  # `source.urls` can fetch its files
    named: bool = False  # `source.dataset` says which data set

    def module(self, part: Literal["listing", "tables", "reading"]) -> str:
        """Return the name of one of its modules."""
        return f"{self.package}.{part}"

    def listing(self) -> "Listing":
        """Import the module that lists subjects and files; it imports nothing heavy."""
        return cast("Listing", importlib.import_module(self.module("listing")))

    def tables(self) -> "Tables":
        """Import the module that checks the source and makes its tables, for acquire."""
        return cast("Tables", importlib.import_module(self.module("tables")))

    def reading(self) -> "Reading":
        """Import the module that reads single recordings, for preprocess."""
        return cast("Reading", importlib.import_module(self.module("reading")))


SOURCES: dict[str, SourceSpec] = {
    spec.name: spec
    for spec in (
        SourceSpec(
            "phantom",
            "videeg_pipe.sources.phantom",
            description="the phantom: simulated EEG whose response to the video is known",
            card="simulated EEG, the phantom: a forward model of the head with a known response",
            options=("phantom",),
            simulated=True,
        ),
        SourceSpec(
            "seed-dv",
            "videeg_pipe.sources.seed_dv",
            description="SEED-DV",
            card="recorded EEG, SEED-DV",
            options=("seed_dv",),
            downloads=True,
        ),
        SourceSpec(
            "bids",
            "videeg_pipe.sources.bids",
            description="a BIDS-EEG data set",
            card="recorded EEG, a BIDS data set",
            options=("bids",),
            description_file="dataset_description.json",
        ),
        SourceSpec(
            "fpvs",
            "videeg_pipe.sources.fpvs",
            description="one person who looks at a stream of pictures (ssvepy's example)",
            card="recorded EEG, one person who looks at a stream of pictures",
        ),
        SourceSpec(
            "moabb",
            "videeg_pipe.sources.moabb",
            description="an open data set with a known visual stimulus, through MOABB",
            card="recorded EEG, an open data set read through MOABB",
            named=True,
        ),
    )
}
"""Name to source."""
