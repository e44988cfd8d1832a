"""Figures of the growth of time and memory."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.ticker import NullLocator, StrMethodFormatter

# blue and vermilion of Okabe and Ito (2008), distinguishable with any colour vision
_TIME, _MEMORY = "#0072B2", "#D55E00"
# blue, vermilion, green, purple and orange of the same, for the stages of a run
_STAGES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_AXES = {
    "batch": "windows in the batch",
    "electrodes": "electrodes",
    "window_s": "length of a window, s",
}


def draw_growth(growth: dict[str, Any], path: Path) -> None:
    """Draw time and memory against batch size, number of electrodes and window length, log-log.

    Args:
        growth: Section `growth` of `benchmarks.cost.measure`.
        path: `.svg` or `.png` to write.
    """
    style = {"font.size": 9, "svg.hashsalt": "cost"}
    style |= {"axes.spines.top": False, "axes.spines.right": False}
    with mpl.rc_context(style):
        figure, panels = plt.subplots(
            1, len(growth), figsize=(3.4 * len(growth), 3.4), sharey=True, layout="constrained"
        )
        twins = [panel.twinx() for panel in panels]
        for twin in twins[1:]:
            twin.sharey(twins[0])
        for panel, twin, (name, measured) in zip(panels, twins, growth.items(), strict=True):
            _draw(panel, measured, "seconds", _TIME, "o")
            _draw(twin, measured, "memory_mb", _MEMORY, "s")
            panel.set_xticks([float(size) for size in measured["points"]])
            panel.xaxis.set_minor_locator(NullLocator())
            panel.set_xlabel(_AXES[name])
            panel.set_title(
                f"{_power('time', measured)}\n{_power('memory', measured)}",
                fontsize=9,
                linespacing=1.5,
            )
            last = twin is twins[-1]
            panel.tick_params(axis="y", which="both", colors=_TIME)
            twin.tick_params(axis="y", which="both", colors=_MEMORY, labelright=last, right=last)
            twin.spines["right"].set_visible(last)
            for axis in (panel.xaxis, panel.yaxis, twin.yaxis):
                axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            panel.grid(axis="y", alpha=0.2)
        _stretch(panels[0], down=1.5, up=40)  # separate the curves: their scales are unrelated
        _stretch(twins[0], down=40, up=1.5)
        panels[0].set_ylabel("time of a call, s (circles)", color=_TIME)
        twins[-1].set_ylabel("rise of peak memory, MiB (squares)", color=_MEMORY)
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=150, metadata=metadata)
        plt.close(figure)


def draw_scale(
    samples: dict[str, Any], recordings: dict[str, Any], plans: dict[str, Any], path: Path
) -> None:
    """Draw CPU time, memory, files and planning against released samples and recordings.

    Args:
        samples: As `benchmarks.scale.of_samples` returns them.
        recordings: As `benchmarks.scale.of_recordings` returns them.
        plans: As `benchmarks.plan.measure` returns them.
        path: `.svg` or `.png` to write.
    """
    style = {"font.size": 9, "svg.hashsalt": "scale"}
    style |= {"axes.spines.top": False, "axes.spines.right": False}
    with mpl.rc_context(style):
        figure = plt.figure(figsize=(11, 6.4), layout="constrained")
        rows = figure.subfigures(2, 1)
        titles = {stage: _titled(stage, of) for stage, of in samples["exponents"].items()}
        _draw_sizes(rows[0], samples["points"], titles, plans["samples"], "released samples")
        stages = {stage: stage for stage in next(iter(recordings["points"].values()))}
        del stages["files"], stages["recording"]
        _draw_sizes(rows[1], recordings["points"], stages, plans["recordings"], "recordings")
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=150, metadata=metadata)
        plt.close(figure)


def _titled(stage: str, exponents: dict[str, Any] | None) -> str:
    """Add the growth over the larger half of the sizes, without the time of the smallest run."""
    if exponents is None:
        return stage
    return rf"{stage}, $n^{{{exponents['upper_half']['exponent']:.2f}}}$"


def _draw_sizes(
    row: SubFigure,
    points: dict[str, dict[str, Any]],
    stages: dict[str, str],
    plans: dict[str, dict[str, float]],
    label: str,
) -> None:
    time, memory, files, planning = panels = row.subplots(1, 4)
    sizes = [float(n) for n in points]
    for (stage, title), colour in zip(stages.items(), _STAGES[: len(stages)], strict=True):
        measured = [point[stage] for point in points.values()]
        cpu_s = [of["cpu_seconds"] for of in measured]
        time.loglog(sizes, cpu_s, "o-", color=colour, label=title)
        memory.semilogx(
            sizes, [(of["memory_mb"] or np.nan) / 1024 for of in measured], "o-", color=colour
        )
    number = [point["files"]["number"] for point in points.values()]
    files.loglog(sizes, number, "o-", color="black")
    planned = [float(n) for n in plans]
    seconds = [of["cpu_seconds"] for of in plans.values()]
    planning.semilogx(planned, seconds, "o-", color="black")
    names = ("CPU time of all jobs, s", "memory of the largest job, GiB", "files of the run")
    for panel, name in zip(panels, (*names, "CPU time of planning, s"), strict=True):
        panel.set_title(name, fontsize=9)
        panel.set_xlabel(label)
        panel.grid(alpha=0.2)
    for panel in (memory, planning):
        panel.set_ylim(0, 1.08 * panel.get_ylim()[1])
    row.legend(loc="outside lower center", ncols=len(stages), frameon=False)


def _draw(axes: Axes, measured: dict[str, Any], quantity: str, colour: str, marker: str) -> None:
    sizes = [float(size) for size in measured["points"]]
    values = [point[quantity] for point in measured["points"].values()]
    axes.loglog(sizes, values, color=colour, marker=marker, markersize=5)


def _stretch(axes: Axes, *, down: float, up: float) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(low / down, high * up)


def _power(quantity: str, measured: dict[str, Any]) -> str:
    exponents = measured["exponents"][{"time": "seconds", "memory": "memory_mb"}[quantity]]
    upper = exponents["upper_half"]["exponent"]
    return (
        rf"{quantity} $\propto n^{{{exponents['exponent']:.2f}}}$, upper half $n^{{{upper:.2f}}}$"
    )
