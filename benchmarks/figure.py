"""Figures of the growth of time and memory."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator, StrMethodFormatter

# blue and vermilion of Okabe and Ito (2008), distinguishable with any colour vision
_TIME, _MEMORY = "#0072B2", "#D55E00"
# blue, vermilion, green and purple of the same, for the stages of a run
_STAGES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
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


def draw_scale(samples: dict[str, Any], path: Path) -> None:
    """Draw CPU time (log-log) and memory of each stage against the number of released samples.

    Args:
        samples: As `benchmarks.scale.of_samples` returns them.
        path: `.svg` or `.png` to write.
    """
    style = {"font.size": 9, "svg.hashsalt": "scale"}
    style |= {"axes.spines.top": False, "axes.spines.right": False}
    sizes = [float(n) for n in samples["points"]]
    with mpl.rc_context(style):
        figure, (time, memory) = plt.subplots(1, 2, figsize=(7.2, 3.2), layout="constrained")
        for (stage, exponent), colour in zip(samples["exponents"].items(), _STAGES, strict=True):
            rows = [point[stage] for point in samples["points"].values()]
            label = stage
            if exponent is not None:  # the start dominates the smaller half
                label += rf", $n^{{{exponent['upper_half']['exponent']:.2f}}}$"
            time.loglog(
                sizes, [row["cpu_seconds"] for row in rows], "o-", color=colour, label=label
            )
            memory.semilogx(sizes, [row["memory_mb"] or np.nan for row in rows], "o-", color=colour)
        time.set_ylabel("CPU time of all jobs, s")
        memory.set_ylabel("memory of the largest job, MiB")
        memory.set_ylim(bottom=0)
        for panel in (time, memory):
            panel.set_xlabel("released samples")
            panel.grid(alpha=0.2)
        figure.legend(
            loc="outside lower center",
            ncols=len(_STAGES),
            frameon=False,
            title="larger half of the sizes, without the time of the smallest run",
        )
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=150, metadata=metadata)
        plt.close(figure)


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
