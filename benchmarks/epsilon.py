"""Figure of utility against epsilon: `python -m benchmarks.epsilon <table> <figure>`."""

import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from videeg_pipe.contracts.scores import trial_scores

_PREFIX = "epsilon-"
# blue and vermilion of Okabe and Ito (2008), distinguishable with any colour vision
_PRIVATE, _OPEN = "#0072B2", "#D55E00"
_PANELS = {  # score: a reference value and its meaning
    "of_ceiling": (0.0, "nothing learned"),
    "c2st": (0.5, "chance"),
    "covariance_over_floor": (1.0, "as between recordings"),
}


def draw_epsilon(table: Path, path: Path) -> None:
    """Draw scores against epsilon with 95 % intervals over trainings, beside no privacy.

    Args:
        table: Table of trials of `config/trials/epsilon.yaml`: variants `epsilon-<number>`, and one
            of another name, trained without privacy.
        path: `.svg` or `.png` to write.
    """
    rows = pd.read_csv(table)
    private = rows["variant"].str.startswith(_PREFIX)
    rows["epsilon"] = pd.to_numeric(rows["variant"].str.removeprefix(_PREFIX), errors="coerce")
    style = {"font.size": 9, "svg.hashsalt": "epsilon"}
    style |= {"axes.spines.top": False, "axes.spines.right": False}
    with mpl.rc_context(style):
        size = (3.2 * len(_PANELS), 3.2)
        figure, panels = plt.subplots(1, len(_PANELS), figsize=size, layout="constrained")
        for panel, (score, mark) in zip(panels, _PANELS.items(), strict=True):
            chosen = rows["score"] == score
            _draw(panel, rows[chosen & private], rows[chosen & ~private], *mark)
            panel.set_ylabel(trial_scores()[score].label)
        panels[0].legend(frameon=False, fontsize=8, loc="center right")
        figure.supxlabel("epsilon for each person (smaller is more private)", fontsize=9)
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=150, metadata=metadata)
        plt.close(figure)


def _draw(
    axes: Axes, private: pd.DataFrame, without: pd.DataFrame, at: float, meaning: str
) -> None:
    private = private.sort_values("epsilon")
    mean = private["mean"].to_numpy()
    # one seed has no interval
    spread = np.nan_to_num([mean - private["low"], private["high"] - mean])
    axes.errorbar(
        private["epsilon"], mean, spread,
        color=_PRIVATE, marker="o", markersize=5, capsize=2, label="private",
    )  # fmt: skip
    for value in without["mean"]:
        axes.axhline(value, color=_OPEN, linestyle="--", label="not private")
    axes.axhline(at, color="0.6", linewidth=0.8)
    axes.annotate(
        meaning, (0.99, at), xycoords=("axes fraction", "data"), ha="right", va="top", color="0.4"
    )
    axes.set_xscale("log")
    axes.margins(y=0.12)  # room for the label below the line


if __name__ == "__main__":
    draw_epsilon(Path(sys.argv[1]), Path(sys.argv[2]))
