"""Numbers, scores and labels as text."""

import math
from collections.abc import Mapping
from typing import Any

from videeg_pipe.contracts.scores import ScoreSpec

_WHOLE = ("count", "ms", "MiB")
"""Units whose values are shown without decimals."""


def number(value: float | None) -> str:
    """Format a number with about three significant digits, never in powers of ten."""
    if value is None or math.isnan(value):
        return "–"
    digits = next((n for limit, n in ((1, 3), (10, 2), (100, 1)) if abs(value) < limit), 0)
    return _plain(f"{value:,.{digits}f}")


def whole(value: float | None) -> str:
    """Format a number without decimals."""
    return "–" if value is None or math.isnan(value) else _plain(f"{value:,.0f}")


def with_interval(entry: Mapping[str, Any] | float | None) -> str:
    """Format a value with its interval in brackets, if it has one."""
    if not isinstance(entry, Mapping):
        return number(entry)
    if entry.get("low") is None:
        return number(entry["value"])
    return f"{number(entry['value'])} [{number(entry['low'])}, {number(entry['high'])}]"


def with_extremes(entry: Mapping[str, Any]) -> str:
    """Format a mean over random splits with the extremes (not a confidence interval)."""
    if entry.get("low") is None:
        return number(entry["value"])
    return f"{number(entry['value'])} ({number(entry['low'])} to {number(entry['high'])})"


def score_text(spec: ScoreSpec, entry: Mapping[str, Any] | float | None) -> str:
    """Format an entry of metrics.json: value, interval and unit of the score."""
    values = entry if isinstance(entry, Mapping) else {"value": entry}
    if spec.unit in _WHOLE:
        text = whole(values["value"])
        if values.get("low") is not None:
            text += f" [{whole(values['low'])}, {whole(values['high'])}]"
    else:
        text = with_extremes(values) if spec.interval == "splits" else with_interval(values)
    return text if spec.unit in ("1", "count") or text == "–" else f"{text} {spec.unit}"


def capitalised(label: str) -> str:
    """Capitalise a label, unless it starts with a symbol such as r."""
    return label if label[1:2] == " " else label[:1].upper() + label[1:]


def _plain(text: str) -> str:
    """Drop the sign of a zero; otherwise write it as a minus sign."""
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")
