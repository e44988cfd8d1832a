"""Check the configuration and report each problem in one line."""

import difflib
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from videeg_pipe.config.base import Section
from videeg_pipe.config.root import Config
from videeg_pipe.config.words import config_schema, kind, nested_section
from videeg_pipe.runtime.errors import printable, without_credentials

S = TypeVar("S", bound=Section)


class ConfigError(ValueError):
    """Invalid configuration; the message has one line per problem."""


def load(values: Mapping[str, Any]) -> Config:
    """Validate the merged values of config files and command line.

    Raises:
        ConfigError: if options are unknown, of the wrong type or out of range, or a text has
            control characters; names each.
    """
    try:
        _check_text(values, "top level")
        return Config.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigError(_lines(error.errors())) from None
    except RecursionError:  # an alias of YAML may name the section around it
        raise ConfigError(
            "config: top level: expected sections of options; found one that contains itself; "
            "see config/README.md"
        ) from None


def merged(values: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` updated with those of an overlay, option by option, as Snakemake does."""
    out = dict(values)
    for name, value in overlay.items():
        below = out.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = merged(below, value)
        out[name] = value
    return out


def slice_of(config: Config, *names: str) -> dict[str, Any]:
    """Return a part of the configuration as plain values in a fixed order.

    Snakemake compares the text of a rule's `params`. A rule that passes this slice reruns when one
    of its values changes, and only then.

    Args:
        config: The whole configuration.
        names: Sections (`preprocess`) or options (`release.n_samples`).

    Returns:
        Section -> option -> value, in the order of definition.

    Raises:
        KeyError: if a name is neither a section nor an option.
    """
    whole = config.model_dump(mode="json")
    selected: dict[str, Any] = {}
    for section, values in whole.items():
        if section in names:
            selected[section] = values
            continue
        options = {key: value for key, value in values.items() if f"{section}.{key}" in names}
        if options:
            selected[section] = options
    known = set(selected) | {f"{name}.{key}" for name, part in selected.items() for key in part}
    unknown = set(names) - known
    if unknown:
        raise KeyError(f"no such part of the configuration: {', '.join(sorted(unknown))}")
    return selected


def section(model: type[S], values: Mapping[str, Any]) -> S:
    """Convert a rule's slice of one section back into its model.

    Options outside the slice are absent and not set to their defaults. A stage that reads an option
    that its rule does not declare therefore fails instead of missing the next change of it. Values
    only regain their types: `load` has already checked them together.
    """
    given = {}
    for name, value in values.items():
        annotation: Any = model.model_fields[name].annotation
        given[name] = TypeAdapter(annotation).validate_python(value)
    made = cast(S, model.model_construct(**given))
    for name in set(model.model_fields) - set(given):
        del made.__dict__[name]
    return made


def _check_text(value: Any, path: str) -> None:
    """Refuse control characters, such as NUL, which no file name and no table can hold."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _check_text(str(name), path)
            _check_text(inner, str(name) if path == "top level" else f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_text(inner, path)
    elif isinstance(value, str) and not value.isprintable() and any(map(_is_control, value)):
        found = printable(textwrap.shorten(repr(value), 80))
        raise ConfigError(
            f"config: {printable(path)}: expected text without control characters; "
            f"found {found}; see config/README.md"
        )


def _is_control(one: str) -> bool:
    return one not in "\n\t" and unicodedata.category(one) in ("Cc", "Cs")


def _lines(problems: list[Any]) -> str:
    # pydantic reports one problem per alternative type of an option
    return "\n".join(dict.fromkeys(printable(_line(problem)) for problem in problems))


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
    found = textwrap.shorten(without_credentials(repr(problem["input"])), 80)
    return (
        f"config: {path or 'top level'}: expected {expected}; found {found}; see config/README.md"
    )


def _find(schema: Any, location: Sequence[int | str]) -> tuple[str, Any]:
    """Return name and schema of the option at the location of a pydantic error."""
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
    same_name = [
        f"{other}.{name}"
        for other, option in schema["properties"].items()
        if name in nested_section(schema, option)["properties"]
    ]
    if same_name:
        return f"; did you mean {' or '.join(same_name)}?"
    close = difflib.get_close_matches(name, section["properties"], n=1, cutoff=0.5)
    if close:
        return f"; did you mean {'.'.join(filter(None, [path, close[0]]))}?"
    return f"; expected one of {', '.join(section['properties'])}"
