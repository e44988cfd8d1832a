"""Read the configuration, and say in one line what is wrong with it."""

import difflib
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from videeg_pipe.config.base import Section
from videeg_pipe.config.root import Config
from videeg_pipe.config.words import config_schema, kind, nested_section

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
        raise ConfigError(_lines(error.errors())) from None


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
    an option its rule does not declare fails instead of missing its next change. Values only get
    their types back: `load` has checked them, and that they fit together, when all were there.
    """
    given = {}
    for name, value in values.items():
        annotation: Any = model.model_fields[name].annotation
        given[name] = TypeAdapter(annotation).validate_python(value)
    made = cast(S, model.model_construct(**given))
    for name in set(model.model_fields) - set(given):
        del made.__dict__[name]
    return made


def _lines(problems: list[Any]) -> str:
    # a value that fits none of an option's types is one problem for each of them
    return "\n".join(dict.fromkeys(_line(problem) for problem in problems))


def _line(problem: Any) -> str:
    schema = config_schema()
    if problem["type"] == "extra_forbidden":
        *parents, name = problem["loc"]
        path, section = _find(schema, parents)
        unknown = ".".join(filter(None, [path, str(name)]))
        return f"config: unknown option {unknown}{_did_you_mean(schema, path, section, str(name))}"
    if problem["type"] == "value_error":
        return f"config: {problem['msg'].removeprefix('Value error, ')}"
    path, option = _find(schema, problem["loc"])
    expected = "a section of options" if "properties" in option else kind(option)
    found = textwrap.shorten(repr(problem["input"]), 80)
    return (
        f"config: {path or 'top level'}: expected {expected}; found {found}; see config/README.md"
    )


def _find(schema: Any, location: Sequence[int | str]) -> tuple[str, Any]:
    """Name and schema of the option that pydantic's location of an error lies in."""
    path, node = "", schema
    for part in location:
        if part in node.get("properties", {}):
            option = node["properties"][part]
            node = nested_section(schema, option) or option
            path = f"{path}.{part}" if path else str(part)
        elif "items" in node:
            path, node = f"{path}[{part}]", node["items"]
        elif isinstance(node.get("additionalProperties"), dict):
            path, node = f"{path}[{part}]", node["additionalProperties"]
    return path, node


def _did_you_mean(schema: Any, path: str, section: Any, name: str) -> str:
    elsewhere = [
        f"{place}.{name}"
        for place, option in schema["properties"].items()
        if name in nested_section(schema, option)["properties"]
    ]
    if elsewhere:
        return f"; did you mean {' or '.join(elsewhere)}?"
    close = difflib.get_close_matches(name, section["properties"], n=1, cutoff=0.5)
    if close:
        return f"; did you mean {'.'.join(filter(None, [path, close[0]]))}?"
    return f"; expected one of {', '.join(section['properties'])}"
