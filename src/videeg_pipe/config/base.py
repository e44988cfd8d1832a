"""What every section of the configuration has in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """One section: unknown keys and lossy conversions are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_nothing(cls, values: Any) -> Any:
        # Snakemake reads everything inside `--config 'section={option: null}'` as text
        if not isinstance(values, dict):
            return values
        return {name: None if value == "null" else value for name, value in values.items()}
