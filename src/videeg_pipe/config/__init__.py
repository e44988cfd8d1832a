"""The configuration: one pydantic model per section, the only definition of every option."""

from videeg_pipe.config.load import ConfigError, load, merged, section, slice_of
from videeg_pipe.config.root import Config

__all__ = ["Config", "ConfigError", "load", "merged", "section", "slice_of"]
