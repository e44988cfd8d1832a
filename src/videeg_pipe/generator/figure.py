"""A figure of generated EEG: frames of the video above traces from the front to the back."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from videeg_pipe.contracts.programs import is_program
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.stimuli.video import frames_at, probe_video

_LONGEST_S = 10.0
_MOST_CHANNELS = 12
_N_FRAMES = 6
_FRAME_PIXELS = 160  # width
_BARS_UV = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


def draw_figure(eeg: GeneratedEeg, stimulus: Path) -> Figure:
    """Draw the first seconds of the first draw.

    Args:
        eeg: Generated EEG.
        stimulus: Its video or stimulus program; of a program, no frames are shown.

    Raises:
        UserError: for a video that cannot be read.
    """
    seconds = min(eeg.seconds, _LONGEST_S)
    rows = front_to_back(eeg.positions_m, _MOST_CHANNELS)
    traces = eeg.data[0, :, : max(2, round(seconds * eeg.sfreq))][rows]  # not all of a long file
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    pictures = [] if is_program(stimulus) else _frames(stimulus, seconds)
    heights = [1, 4] if pictures else [1]
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    if pictures:
        strip = grid[0].subgridspec(1, len(pictures), wspace=0.02)
        for place, (time_s, picture) in enumerate(pictures):
            axes = figure.add_subplot(strip[place])
            axes.imshow(picture)
            axes.set_title(f"{time_s:.1f} s", fontsize=8)
            axes.set_axis_off()
    axes = figure.add_subplot(grid[-1])
    times_s = np.arange(traces.shape[1]) / eeg.sfreq
    step_uv = 2.5 * float(np.percentile(np.abs(traces), 98)) or 1.0
    for place, trace in enumerate(traces):
        axes.plot(times_s, trace - place * step_uv, color="#1f4e79", linewidth=0.7)
    axes.set_yticks([-place * step_uv for place in range(len(rows))])
    axes.set_yticklabels([eeg.channels[row] for row in rows])
    bar_uv = max((bar for bar in _BARS_UV if bar <= 1.5 * step_uv), default=_BARS_UV[0])
    low = -(len(rows) - 0.5) * step_uv
    axes.plot([1.01 * seconds] * 2, [low, low + bar_uv], color="black", linewidth=2, clip_on=False)
    axes.text(1.02 * seconds, low + bar_uv / 2, f"{bar_uv:g} µV", va="center")
    axes.set_xlim(0, seconds)
    axes.set_xlabel("time from the start of the stimulus, s")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.suptitle(_title(eeg), fontsize=11)
    return figure


def front_to_back(positions_m: NDArray[np.floating], most: int) -> NDArray[np.intp]:
    """Choose electrodes at even steps in their order from the front to the back.

    Args:
        positions_m: (C, 3) in head coordinates, whose y axis points to the nose.
        most: Largest number of electrodes.

    Returns:
        Their places, the front ones first.
    """
    order = np.argsort(-positions_m[:, 1], kind="stable")
    steps = np.linspace(0, len(order) - 1, min(most, len(order)))
    return order[steps.round().astype(int)]


def _frames(video: Path, seconds: float) -> list[tuple[float, NDArray[np.uint8]]]:
    times_s = (np.arange(_N_FRAMES) + 0.5) * seconds / _N_FRAMES
    info = probe_video(video)
    size = (_FRAME_PIXELS, max(1, round(_FRAME_PIXELS * info.height / info.width)))
    return [(float(times_s[place]), picture) for place, picture in frames_at(video, times_s, size)]


def _title(eeg: GeneratedEeg) -> str:
    name = eeg.provenance.get("person", {}).get("name")
    person = "a new person" if name is None else str(name)
    kind = "conditional mean of the EEG" if eeg.provenance.get("mean_only") else "EEG"
    shown = f", {len(eeg.data)} draws, the first" if len(eeg.data) > 1 else ""
    title = f"SYNTHETIC {kind} for {eeg.stimulus}: {person}{shown}"
    return title.replace("$", r"\$")  # it would begin a formula
