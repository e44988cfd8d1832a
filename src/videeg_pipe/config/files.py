"""Read and check a YAML file of options beside the configuration."""

from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import ValidationError

from videeg_pipe.config.base import Section
from videeg_pipe.config.load import ConfigError

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
        ConfigError: if the file is missing or holds something else.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError:
        raise ConfigError(f"{file}: expected a file of options, found none") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{file}: expected options by section, found {type(content).__name__}")
    return cast(dict[str, Any], content)
