"""Figure of generated beside real EEG.

`python -m benchmarks.generated_and_real <results> <png>`, in the working directory of a finished
run on the phantom.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import h5py
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.stimuli.video import frames_at

# black, vermilion and sky blue of Okabe and Ito (2008), distinguishable with any colour vision
_REAL, _GENERATED, _TRUTH = "#000000", "#D55E00", "#56B4E9"
_CHANNELS = ("FZ", "CZ", "PZ", "OZ")
_FRAMES = 4
_FRAME_PIXELS = 160


@dataclass(frozen=True)
class Pairs:
    """Released test samples and the real windows that they were generated for; n pairs."""

    windows: pd.DataFrame  # n rows of the `windows` table
    real: NDArray[np.float32]  # (n, C, T) uV
    generated: NDArray[np.float32]  # (n, C, T) uV
    truth: NDArray[np.float32]  # (n, C, T) uV, true evoked part
    channels: tuple[str, ...]
    sfreq: float  # Hz

    def correlation(self, row: int) -> float:
        """Pearson correlation of one pair over electrodes and time."""
        return float(np.corrcoef(self.real[row].ravel(), self.generated[row].ravel())[0, 1])


def read_pairs(results: Path) -> Pairs:
    """Read the released test samples of a run on the phantom with their real windows."""
    windows = read_table(results / "windows.parquet", "windows").set_index("seed", drop=False)
    store = EegStore(results / "eeg")
    with h5py.File(results / "release" / "videeg-gen.h5") as file:
        rows = np.flatnonzero(file["split"].asstr()[:] == "test")
        chosen = windows.loc[file["seed"][rows]].reset_index(drop=True)
        generated = file["eeg"][rows]
    real, truth = store.windows(chosen), store.windows(chosen, truth=True)
    return Pairs(chosen, real, generated, truth, store.channels, store.sfreq)


def clip_starts(windows: pd.DataFrame) -> NDArray[np.intp]:
    """Rows whose window starts with its clip."""
    return np.flatnonzero(windows["window_id"].str.endswith("-w0"))


def read_videos(results: Path) -> dict[str, Path]:
    """Paths of the videos by their id, relative to the working directory of the run."""
    table = read_table(results / "manifest" / "videos.parquet", "videos")
    return dict(zip(table["video_id"], map(Path, table["path"]), strict=True))


def draw(pairs: Pairs, videos: dict[str, Path], path: Path) -> None:
    """Draw two windows, chosen by their ids, and means over windows at clip onset.

    Args:
        pairs: Released test samples with their real windows.
        videos: Path of each video.
        path: `.png` to write.
    """
    starts = clip_starts(pairs.windows)
    two = _two_people(pairs.windows, starts)
    style = {"font.size": 8.5, "axes.spines.top": False, "axes.spines.right": False}
    with mpl.rc_context(style):
        figure = plt.figure(figsize=(9.2, 3.9), layout="constrained")
        grid = figure.add_gridspec(2, 3, height_ratios=(1, 4.2))
        for column, row in enumerate(two):
            window = pairs.windows.iloc[row]
            _strip(
                figure.add_subplot(grid[0, column]),
                videos[window["video_id"]],
                window["video_time_s"],
                pairs.real.shape[-1] / pairs.sfreq,
            )
            axes = figure.add_subplot(grid[1, column])
            _traces(axes, pairs, {_REAL: pairs.real[row], _GENERATED: pairs.generated[row]}, 50)
            axes.set_title(
                f"one window: {window['subject']}, “{window['concept']}”, r = "
                f"{pairs.correlation(row):.2f}",
                fontsize=8.5,
            )
        means = {
            _TRUTH: pairs.truth[starts].mean(0),
            _REAL: pairs.real[starts].mean(0),
            _GENERATED: pairs.generated[starts].mean(0),
        }
        axes = figure.add_subplot(grid[1, 2])
        _traces(axes, pairs, means, 12)
        axes.set_title(f"mean of {len(starts)} windows at clip onset", fontsize=8.5)
        legend = figure.add_subplot(grid[0, 2])
        for colour, label in (
            (_REAL, "real EEG (simulated recording)"),
            (_GENERATED, "generated EEG (released sample)"),
            (_TRUTH, "true evoked part, known here"),
        ):
            legend.plot([], [], color=colour, label=label, linewidth=2 if colour == _TRUTH else 1.2)
        legend.axis("off")
        legend.legend(frameon=False, loc="center", fontsize=8.5)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=120, metadata={"Software": None})
        plt.close(figure)


def _two_people(windows: pd.DataFrame, rows: NDArray[np.intp]) -> list[int]:
    """Rows of two people and two concepts, chosen by a hash of the ids and not by their looks."""
    order = sorted(rows, key=lambda row: derive_seed(0, "figure", windows["window_id"].iloc[row]))
    people, concepts = windows["subject"].to_numpy(), windows["concept"].to_numpy()
    first = order[0]
    for other in order[1:]:
        if people[other] != people[first] and concepts[other] != concepts[first]:
            return [first, other]
    raise ValueError("expected two people with different concepts among the released test samples")


def _strip(axes: Axes, video: Path, start_s: float, length_s: float) -> None:
    """Draw frames on the screen during the window, side by side."""
    times = start_s + (np.arange(_FRAMES) + 0.5) * length_s / _FRAMES
    pictures = [picture for _, picture in frames_at(video, times, _FRAME_PIXELS)]
    axes.imshow(np.hstack(pictures), aspect="auto", extent=(0, 1000 * length_s, 0, 1))
    for edge in np.arange(1, _FRAMES) * 1000 * length_s / _FRAMES:
        axes.axvline(edge, color="white", linewidth=1)
    axes.axis("off")


def _traces(
    axes: Axes, pairs: Pairs, windows: dict[str, NDArray[np.float32]], spacing_uv: float
) -> None:
    """Draw some electrodes below each other, (C, T) uV per colour, with a scale bar."""
    times = 1000 * np.arange(pairs.real.shape[-1]) / pairs.sfreq
    for place, channel in enumerate(_CHANNELS):
        for colour, window in windows.items():
            trace = window[pairs.channels.index(channel)]
            axes.plot(
                times,
                trace - place * spacing_uv,
                color=colour,
                linewidth=2.6 if colour == _TRUTH else 0.9,
                alpha=0.9,
            )
    axes.set_yticks([-place * spacing_uv for place in range(len(_CHANNELS))], _CHANNELS)
    axes.set_xlim(0, 1000 * len(times) / pairs.sfreq)
    axes.set_xlabel("time, ms")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    height = spacing_uv / 2.5
    bottom = -(len(_CHANNELS) - 0.3) * spacing_uv
    right = 0.985 * 1000 * len(times) / pairs.sfreq
    axes.plot([right] * 2, [bottom, bottom + height], color="0.3", linewidth=2)
    axes.text(0.98 * right, bottom + height / 2, f"{height:.0f} µV", ha="right", va="center")


if __name__ == "__main__":
    run = Path(sys.argv[1])
    draw(read_pairs(run), read_videos(run), Path(sys.argv[2]))
