"""JSON schema of the options; types and ranges in words."""

from typing import Any

from videeg_pipe.config.root import Config

_TYPES = {"boolean": "true or false", "string": "text", "null": "null"}
_PLURALS = {"integer": "integers", "number": "numbers"}
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "multipleOf": "a multiple of {}",
}


def config_schema() -> Any:
    """Return the JSON schema of the whole configuration."""
    return Config.model_json_schema()


def nested_section(schema: Any, option: Any) -> Any:
    """Return the schema of the section that `option` refers to, or None for a plain value."""
    return schema["$defs"][option["$ref"].split("/")[-1]] if "$ref" in option else None


def kind(option: Any) -> str:
    """Describe type and range of an option."""
    limits = [text.format(option[key]) for key, text in _LIMITS.items() if key in option]
    filled = option.get("minLength") or option.get("minItems")
    words = f"non-empty {_type(option)}" if filled else _type(option)
    return ", ".join([words, *limits])


def _type(option: Any) -> str:
    if "$ref" in option:
        return "sections"
    if "anyOf" in option:
        return " or ".join(kind(branch) for branch in option["anyOf"])
    if "enum" in option:
        return f"one of {', '.join(option['enum'])}"
    if "prefixItems" in option:
        return f"list of {len(option['prefixItems'])} {kind(option['prefixItems'][0])}s"
    if option["type"] == "array":
        item, *limits = kind(option["items"]).split(", ", 1)
        return ", ".join([f"list of {_PLURALS.get(item, item)}", *limits])
    if option["type"] == "object":
        return f"mapping of names to {kind(option['additionalProperties'])}"
    return _TYPES.get(option["type"], option["type"])
