"""Tables of trials: variants of the configuration, each trained with several seeds and scored."""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from videeg_pipe.config.base import Section
from videeg_pipe.config.load import ConfigError, load
from videeg_pipe.config.root import Config

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


RUN = "run"
"""Stands for the generator of the run itself."""


class Variant(Section):
    """One row of a table."""

    checkpoint_of: str | None = Field(
        None,
        description="Variant whose trained generators are used, or `run` for the run's own; null "
        "trains one a seed.",
    )
    seeds: int | None = Field(None, ge=1, description="Trainings, if not as many as the table's.")
    options: dict[str, Any] = Field({}, description="Options that differ from the base.")


class Table(Section):
    """One file of `config/trials/`."""

    split: Literal["validation", "test"] = Field(
        "test", description="Split that the trials are scored on."
    )
    seeds: int = Field(3, ge=1, description="Trainings of each variant.")
    reference: str = Field(description="Variant that the others are compared with.")
    overlays: list[str] = Field(
        [], description="Files beside the folder that hold for all variants, such as a size."
    )
    base: dict[str, Any] = Field({}, description="Options over them that hold for all variants.")
    variants: dict[str, Variant] = Field(min_length=1, description="What is tried.")

    @model_validator(mode="after")
    def _names_fit(self) -> "Table":
        for name, variant in self.variants.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"variants.{name}: expected small letters, digits and hyphens")
            of = variant.checkpoint_of
            trained = [RUN, *(k for k, v in self.variants.items() if not v.checkpoint_of)]
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
        """How often a variant is trained and scored."""
        own = self.variants[variant].seeds
        return self.seeds if own is None else own


class Trials:
    """The tables of a folder, their variants merged over a run's configuration."""

    def __init__(self, folder: Path, config: Config) -> None:
        """Read every `*.yaml` of `folder`.

        Raises:
            ConfigError: naming file and option, for what is wrong in one of them.
        """
        self._config = config
        self.tables = {file.stem: _read(file) for file in sorted(folder.glob("*.yaml"))}
        self._folder = folder

    @cached_property
    def configs(self) -> dict[tuple[str, str], Config]:
        """Checked configuration of each table's variants."""
        return {
            (table, name): self._merged(table, variant)
            for table, content in self.tables.items()
            for name, variant in content.variants.items()
        }

    def trained(self, table: str, variant: str) -> str:
        """Variant whose checkpoint this one uses."""
        return self.tables[table].variants[variant].checkpoint_of or variant

    def _merged(self, table: str, variant: Variant) -> Config:
        content, values = self.tables[table], self._config.model_dump(mode="json")
        files = [_yaml(self._folder.parent / name) for name in content.overlays]
        for overlay in (*files, content.base, variant.options):
            values = merged(values, overlay)
        try:
            return load(values)
        except ConfigError as error:
            raise ConfigError(f"{self._folder / table}.yaml: {error}") from None


def merged(values: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Values with those of an overlay over them, option by option."""
    out = dict(values)
    for name, value in overlay.items():
        below = out.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = merged(below, value)
        out[name] = value
    return out


def _read(file: Path) -> Table:
    try:
        return Table.model_validate(_yaml(file))
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        what = f"{place}: {problem['msg']}".removeprefix(": ").replace("Value error, ", "")
        raise ConfigError(f"{file}: {what}") from None


def _yaml(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError:
        raise ConfigError(f"{file}: expected a file of options, found none") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: {' '.join(str(error).split())}") from None
