"""Read the configuration, and say in one line what is wrong with it."""

import difflib
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from videeg_pipe.config.base import Section
from videeg_pipe.config.root import Config

S = TypeVar("S", bound=Section)


class ConfigError(ValueError):
    """A value of the configuration that does not hold; the message is one line a problem."""


def load(values: Mapping[str, Any]) -> Config:
    """Check the merged values of the config files and the command line.

    Raises:
        ConfigError: naming every option that is unknown, of the wrong type or out of range.
    """
    try:
        return Config.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigError("\n".join(_line(problem) for problem in error.errors())) from None


def slice_of(config: Config, *names: str) -> dict[str, Any]:
    """Part of the configuration as plain values in a fixed order.

    Snakemake compares a rule's `params` by their text: this is what a rule should hand over, so
    that it runs again when one of these values changes, and only then.

    Args:
        config: The whole configuration.
        names: Sections (`preprocess`) or options (`release.n_samples`).

    Returns:
        Section to option to value; sections and options come in the order of their definition.
    """
    whole = config.model_dump(mode="json")
    taken: dict[str, Any] = {}
    for section, values in whole.items():
        if section in names:
            taken[section] = values
            continue
        options = {key: value for key, value in values.items() if f"{section}.{key}" in names}
        if options:
            taken[section] = options
    known = set(taken) | {f"{section}.{key}" for section in taken for key in taken[section]}
    unknown = set(names) - known
    if unknown:
        raise KeyError(f"no such part of the configuration: {', '.join(sorted(unknown))}")
    return taken


def section(model: type[S], values: Mapping[str, Any]) -> S:
    """Turn a rule's part of one section back into its model.

    Options that the rule did not hand over are gone, not set to their defaults: a stage that reads
    an option its rule does not declare fails instead of missing its next change.
    """
    made = model.model_validate(dict(values))
    for name in set(model.model_fields) - set(values):
        del made.__dict__[name]
    return made


def _line(problem: Any) -> str:
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"config: unknown option {path}{_did_you_mean(problem['loc'])}"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return f"config: {message}"
    return f"config: {path}: {message}; found {problem['input']!r}; see config/README.md"


def _did_you_mean(location: tuple[Any, ...]) -> str:
    options = _options_at(location[:-1])
    close = difflib.get_close_matches(str(location[-1]), options, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {'.'.join([*map(str, location[:-1]), close[0]])}?"
    return f"; expected one of {', '.join(options)}"


def _options_at(location: tuple[Any, ...]) -> list[str]:
    model: Any = Config
    for part in location:
        annotation = model.model_fields[part].annotation
        if typing.get_origin(annotation) in (typing.Union, types.UnionType):
            annotation = next(a for a in typing.get_args(annotation) if isinstance(a, type))
        model = annotation
    return list(model.model_fields) if issubclass(model, BaseModel) else []
