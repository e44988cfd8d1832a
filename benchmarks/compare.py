"""Changes between two measurements."""

import math
from typing import Any

FLAG = 0.2  # larger relative changes are marked
_HARDWARE = ("cpu", "cores", "memory_gb", "gpu", "system", "threads")


def compare(new: dict[str, Any], stored: dict[str, Any]) -> list[str]:
    """Describe the differences, one line each.

    Args:
        new: Current measurement: nested names to values, with a section `machine` from `machine()`.
        stored: Previous measurement, in the same form.

    Returns:
        Differences of the machine first, then every value that differs with its relative change.
        Changes beyond 20 % have an exclamation mark. Empty for equal measurements.
    """
    old, now = _flat(stored), _flat(new)
    differing = [
        key for key in [*old, *(k for k in now if k not in old)] if not _same(old, now, key)
    ]
    hardware = [key for key in differing if key.removeprefix("machine.") in _HARDWARE]
    lines = []
    if hardware:
        lines.append("different machine: times and memory are not comparable")
    for key in sorted(differing, key=lambda key: not key.startswith("machine.")):
        lines.append(_line(key, old, now))
    return lines


def _line(key: str, old: dict[str, Any], now: dict[str, Any]) -> str:
    if key not in old:
        return f"  {key}: new, {now[key]}"
    if key not in now:
        return f"  {key}: gone, was {old[key]}"
    before, after = old[key], now[key]
    line = f"{key}: {before} -> {after}"
    if key.startswith("machine.") or not (_is_number(before) and _is_number(after)):
        return f"  {line}"
    change = (after - before) / abs(before) if before else math.copysign(math.inf, after)
    return f"{'!' if abs(change) > FLAG else ' '} {line} ({change:+.0%})"


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Flatten dictionaries and lists to dotted names."""
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    if not isinstance(inner, dict):
        return {prefix: value}
    flat: dict[str, Any] = {}
    for key, part in inner.items():
        flat |= _flat(part, f"{prefix}.{key}" if prefix else str(key))
    return flat


def _same(old: dict[str, Any], now: dict[str, Any], key: str) -> bool:
    return key in old and key in now and old[key] == now[key]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
