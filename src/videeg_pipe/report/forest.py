"""Forest plots: values with their intervals, one row per value."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from videeg_pipe.report.formatting import capitalised, number
from videeg_pipe.report.read_tables import Interval
from videeg_pipe.report.svg import FIGURE_IN, GENERATED, REAL, TRUTH, Picture, picture

_MARKS = {
    "generator": (GENERATED, "o"),
    "floor": ("#888888", "s"),
    "oracle": (REAL, "D"),
    "ceiling": (TRUTH, "o"),
}
_DECADES = 30
"""Ratio of the largest to the smallest error from which on the axis is logarithmic."""


@dataclass(frozen=True)
class Dot:
    """A value with an interval drawn as a bar and one drawn as a line."""

    name: str
    value: float
    bar: Interval | None = None
    line: Interval | None = None
    kind: str = "generator"


def forest(
    dots: Sequence[Dot],
    label: str,
    caption: str,
    *,
    origin: float = 0.0,
    decades: bool = False,
    best: tuple[str, float] | None = None,
) -> Picture:
    """Draw values with their intervals, one row per value.

    Args:
        dots: The rows, from top to bottom.
        label: Label of the axis.
        caption: Caption of the figure.
        origin: Position of the thin line: the chance level or the ideal value.
        decades: Use a logarithmic axis if the values span more than `_DECADES`.
        best: Label and position of a second line.
    """
    figure, axes = plt.subplots(figsize=(FIGURE_IN, 1.1 + 0.3 * len(dots)), layout="constrained")
    for place, dot in enumerate(dots):
        colour, mark = _MARKS[dot.kind]
        if dot.bar is not None:
            axes.plot(dot.bar, [place] * 2, color=colour, linewidth=6, alpha=0.35)
        if dot.line is not None:
            axes.plot(dot.line, [place] * 2, color=colour, linewidth=1.2)
        axes.plot(dot.value, place, mark, color=colour)
    values = [dot.value for dot in dots] + ([best[1]] if best else [])
    if decades and min(values) > 0 and max(values) > _DECADES * min(values):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    else:
        axes.axvline(origin, color="#888888", linewidth=0.8)
        caption += _keep_to(axes, [*values, origin])
    if best:
        axes.axvline(best[1], color=TRUTH, linestyle="--", label=f"{best[0]}, {number(best[1])}")
        figure.legend(loc="outside upper center")
    axes.set(
        yticks=range(len(dots)), yticklabels=[dot.name for dot in dots],
        ylim=(len(dots) - 0.5, -0.5), xlabel=label,
    )  # fmt: skip
    shown = "; ".join(f"{dot.name} {number(dot.value)}" for dot in dots)
    return picture(figure, f"{capitalised(label)}: {shown}.", caption)


def _keep_to(axes: Axes, values: Sequence[float]) -> str:
    """Keep long intervals from widening the axis; return a remark if one is cut."""
    low, high = axes.get_xlim()
    more = 0.4 * (max(values) - min(values)) or 1.0
    kept = max(low, min(values) - more), min(high, max(values) + more)
    axes.set_xlim(kept)
    return " Lines at the edge of the frame continue beyond it." if kept != (low, high) else ""
