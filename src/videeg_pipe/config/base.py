"""Base class of all configuration sections."""

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """One immutable section; unknown keys and lossy conversions raise an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _as_meant_in_yaml(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: cls._meant(name, value) for name, value in values.items()}

    @classmethod
    def _meant(cls, name: str, value: Any) -> Any:
        # Snakemake parses every value inside `--config 'section={option: null}'` as text
        if value == "null":
            return None
        # YAML reads an unquoted `off` as false
        if value is False and name in cls.model_fields:
            return "off" if "off" in get_args(cls.model_fields[name].annotation) else value
        return value


def plain_path(option: str, path: str) -> str:
    """Return the path; ValueError for braces, Snakemake's wildcards, and for line breaks."""
    if any(mark in path for mark in "{}\n"):
        raise ValueError(
            f"{option}: expected a path without braces and line breaks; found {path!r}"
        )
    return path
