"""Read and check a YAML file of options beside the configuration."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from videeg_pipe.config.base import Section
from videeg_pipe.config.load import ConfigError
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.option_files import read_config_file

S = TypeVar("S", bound=Section)


def read_section(model: type[S], file: Path) -> S:
    """Read a file that holds one section.

    Raises:
        ConfigError: if the file is missing or invalid; names the option.
    """
    try:
        return model.model_validate(read_options(file))
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        what = f"{place}: {problem['msg']}".removeprefix(": ").replace("Value error, ", "")
        raise ConfigError(f"{file}: {what}") from None


def read_options(file: Path) -> dict[str, Any]:
    """Read a file of options by name.

    Raises:
        ConfigError: if the file is missing or holds something else, or an option twice.
    """
    if not file.exists():
        raise ConfigError(f"{file}: expected a file of options, found none")
    try:
        return read_config_file(file)
    except UserError as error:
        raise ConfigError(str(error)) from None
