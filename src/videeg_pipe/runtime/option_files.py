"""Files of options in YAML or JSON, each option once."""

import json
from pathlib import Path
from typing import Any

import yaml

from videeg_pipe.runtime.errors import UserError

_MERGE = "tag:yaml.org,2002:merge"  # of the key <<, which may be there several times


def read_config_file(path: Path) -> dict[str, Any]:
    """Read a config file; values are not checked.

    Raises:
        UserError: for a file that is missing or not a YAML or JSON mapping, or an option that is
            given twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(
            str(path),
            expected="a config file",
            found=str(error.strerror).lower(),
            next_step="correct the path; targets stand before --configfile",
        ) from None
    except UnicodeDecodeError as error:
        raise _not_config(path, f"{error.reason} at byte {error.start}") from None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise _not_config(path, "nothing" if node is None else f"a {node.id}")
        _check_names(path, node)
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        values = _json(path, text)
        if values is not None:
            return values
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise _not_config(path, f"{line}{error.problem}") from None
    except RecursionError:
        raise _not_config(path, "a value inside itself, or too many levels") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # such as a date of month 13
        raise _not_config(path, str(error)) from None


def _not_config(path: Path, found: str) -> UserError:
    return UserError(
        str(path),
        expected="YAML or JSON in UTF-8, with sections of options at the top level",
        found=found,
        next_step="correct the file; config/README.md lists all options",
    )


def _json(path: Path, text: str) -> dict[str, Any] | None:
    """Return a JSON object, or None if the text is not one; YAML refuses tabs in it."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise _given_twice(path, f"{twice} twice")
        return dict(pairs)

    try:
        values = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _check_names(path: Path, mapping: yaml.MappingNode) -> None:
    """Refuse a name that is given twice: YAML would keep the last value without a word."""
    lines: dict[str, int] = {}
    for key, value in mapping.value:
        line, name = key.start_mark.line + 1, str(key.value)
        if key.tag != _MERGE and name in lines:
            raise _given_twice(path, f"{name} in lines {lines[name]} and {line}")
        lines[name] = line
        if isinstance(value, yaml.MappingNode):
            _check_names(path, value)


def _given_twice(path: Path, found: str) -> UserError:
    return UserError(str(path), expected="each option once", found=found, next_step="merge the two")
