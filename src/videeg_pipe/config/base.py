"""Base class of all configuration sections."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """One immutable section; unknown keys and lossy conversions raise an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _text_null_to_none(cls, values: Any) -> Any:
        # Snakemake parses every value inside `--config 'section={option: null}'` as text
        if not isinstance(values, dict):
            return values
        return {name: None if value == "null" else value for name, value in values.items()}
