"""Tables of trials: variants of the configuration, each trained with several seeds and scored."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from videeg_pipe.config.base import Section
from videeg_pipe.config.files import read_options, read_section
from videeg_pipe.config.load import ConfigError, load, merged
from videeg_pipe.config.root import Config
from videeg_pipe.models.registry import GENERATORS

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")

_DECODER_TRIALS = "decode-"  # start of the names of overlays of `config/decode.yaml`

RUN = "run"
"""Value of `checkpoint_of` that selects the generator of the run itself."""


class Variant(Section):
    """One row of a table."""

    checkpoint_of: str | None = Field(
        None,
        description="Variant whose trained generators are used, or `run` for the run's own; null "
        "trains one per seed.",
    )
    real: bool = Field(
        False,
        description="Score another person's recording of the same moment instead of generated "
        "samples: an oracle without checkpoint and options.",
    )
    seeds: int | None = Field(
        None, ge=1, description="Number of trainings; null takes the table's."
    )
    options: dict[str, Any] = Field({}, description="Options that differ from the base.")
    reduced: dict[str, Any] = Field(
        {}, description="Options that reduce the cost, merged over `options` with run.reduced."
    )
    printed: dict[str, float] = Field(
        {}, description="Scores printed in the paper, shown beside the measured ones."
    )


class TrialTable(Section):
    """One file of `config/trials/` about generators."""

    split: Literal["validation", "test"] = Field(
        "test", description="Split on which the trials are scored."
    )
    seeds: int = Field(3, ge=1, le=1000, description="Number of trainings per variant.")
    reference: str = Field(description="Variant with which the others are compared.")
    overlays: list[str] = Field(
        [],
        description="Files in the parent folder that reduce the cost of all variants, merged with "
        "run.reduced.",
    )
    base: dict[str, Any] = Field(
        {}, description="Options of all variants, merged over the overlays."
    )
    reduced: dict[str, Any] = Field(
        {}, description="Options that reduce the cost of all, merged over `base` with run.reduced."
    )
    variants: dict[str, Variant] = Field(min_length=1, description="Rows of the table.")

    @model_validator(mode="after")
    def _names_fit(self) -> "TrialTable":
        for name, variant in self.variants.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"variants.{name}: expected small letters, digits and hyphens")
            of = variant.checkpoint_of
            if variant.real and (of or variant.options or variant.reduced or variant.seeds):
                raise ValueError(
                    f"variants.{name}: expected real alone, found checkpoint_of, options, "
                    "reduced or seeds"
                )
            trained = [k for k, v in self.variants.items() if not (v.checkpoint_of or v.real)]
            trained = [RUN, *trained]
            if of is not None and of not in trained:
                raise ValueError(
                    f"variants.{name}.checkpoint_of: expected one of {', '.join(trained)}, "
                    f"found {of}"
                )
            if of is not None and self.n_seeds(name) > (1 if of == RUN else self.n_seeds(of)):
                raise ValueError(f"variants.{name}: expected no more seeds than {of} has")
        if self.reference not in self.variants:
            raise ValueError(
                f"reference: expected one of {', '.join(self.variants)}, found {self.reference}"
            )
        return self

    def n_seeds(self, variant: str) -> int:
        """Return how many times a variant is trained and scored."""
        own = self.variants[variant]
        if own.real:
            return 1
        return self.seeds if own.seeds is None else own.seeds


class TrialTables:
    """All tables of a folder, their variants merged over a run's configuration."""

    def __init__(self, folder: Path, config: Config) -> None:
        """Read the tables of generators in `folder` and check them against the default options.

        They are its `*.yaml` whose names do not start with `decode-`.

        Raises:
            ConfigError: if a file is invalid; names file, variant and option.
        """
        self._folder, self._config = folder, config
        files = [f for f in sorted(folder.glob("*.yaml")) if not f.name.startswith(_DECODER_TRIALS)]
        self.tables = {file.stem: _read(file) for file in files}
        overlays = sorted({name for table in self.tables.values() for name in table.overlays})
        self._overlays = {name: read_options(folder.parent / name) for name in overlays}
        for table, content in self.tables.items():
            for variant, own in content.variants.items():
                self._merged(table, variant, Config(), reduced=False)
                if content.overlays or content.reduced or own.reduced:
                    self._merged(table, variant, Config(), reduced=True)

    def config(self, table: str, variant: str) -> Config:
        """Return the checked configuration of a variant.

        Raises:
            ConfigError: if it conflicts with the run's own options.
        """
        return self._merged(table, variant, self._config, reduced=self._config.run.reduced)

    def trained(self, table: str, variant: str) -> str | None:
        """Return the variant whose checkpoint this one uses, or `RUN`; None for recordings."""
        own = self.tables[table].variants[variant]
        return None if own.real else own.checkpoint_of or variant

    def runs(self, table: str) -> list[tuple[str, int]]:
        """Return variant and seed of all scored trials, in the table's order."""
        content = self.tables[table]
        return [(name, s) for name in content.variants for s in range(content.n_seeds(name))]

    def printed(self, table: str) -> dict[str, dict[str, float]]:
        """Return the scores printed in the paper, by variant."""
        return {name: variant.printed for name, variant in self.tables[table].variants.items()}

    def _merged(self, table: str, name: str, config: Config, *, reduced: bool) -> Config:
        content, file = self.tables[table], self._folder / f"{table}.yaml"
        own = content.variants[name]
        shared = _SHARED | _EVALUATION
        layers = [
            (str(self._folder.parent / overlay), self._overlays[overlay], shared)
            for overlay in content.overlays
            if reduced
        ]
        allowed = _SAMPLED if own.checkpoint_of else _SHARED
        place = f"{file}: variants.{name}"
        layers += [(f"{file}: base", content.base, shared)]
        layers += [(f"{file}: reduced", content.reduced, shared)] if reduced else []
        layers += [(f"{place}.options", own.options, allowed)]
        layers += [(f"{place}.reduced", own.reduced, allowed)] if reduced else []
        values = config.model_dump(mode="json")
        for where, overlay, sections in layers:
            named = _names(overlay)
            if named - sections:
                raise ConfigError(
                    f"{where}: expected only {', '.join(sorted(sections))}, since no other option "
                    f"affects a trial; found {', '.join(sorted(named - sections))}"
                )
            values = merged(values, overlay)
        try:
            return load(values)
        except ConfigError as error:
            lines = (f"{place}: {line}" for line in str(error).split("\n"))
            raise ConfigError("\n".join(lines)) from None


_SAMPLED = {"sample"}
_ARCHITECTURES = {name for spec in GENERATORS.values() for name in spec.options}
_SHARED = _SAMPLED | _ARCHITECTURES | {"run.model", "condition", "train"}
_EVALUATION = {"evaluation"}  # shared by all variants: all are scored on the same windows


def _names(overlay: Mapping[str, Any]) -> set[str]:
    """Return the sections of an overlay; for `run`, its options."""
    run = overlay.get("run", {})
    own = {f"run.{name}" for name in run} if isinstance(run, Mapping) else {"run"}
    return set(overlay) - {"run"} | own


def _read(file: Path) -> TrialTable:
    if not _NAME.fullmatch(file.stem):
        raise ConfigError(f"{file}: expected a name of small letters, digits and hyphens")
    return read_section(TrialTable, file)
