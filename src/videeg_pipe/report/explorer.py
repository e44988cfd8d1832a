"""Data of the window explorer, for the page's script."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.tables import read_table
from videeg_pipe.report.head import LARGEST, head_data, packed
from videeg_pipe.stimuli.video import frames_at

_MAX_VALUES = 3_000_000
"""Largest number of values of all windows, real and generated: 8 MB of the page."""
_FRAME_PIXELS = 144


def explorer(
    arrays: Mapping[str, NDArray[Any]], frames: Mapping[str, str], correlate: bool = True
) -> dict[str, Any]:
    """Pack the example windows.

    Args:
        arrays: figures.npz.
        frames: Window to the frame on the screen, from `screens`.
        correlate: Whether the page shows the correlation of a real and a generated window.

    Returns:
        JSON-able: the head, `correlate`, and `windows` with their EEG in int16 (base64,
        little-endian, C x T) of `step` uV.
    """
    real, generated = arrays["trace_real"], arrays["trace_generated"]
    n = min(len(real), _MAX_VALUES // (2 * real[0].size))
    windows = []
    for row in range(n):
        step = float(max(np.abs(real[row]).max(), np.abs(generated[row]).max())) / LARGEST or 1.0
        name = str(arrays["trace_window"][row])
        windows.append(
            {
                "id": name,
                "subject": str(arrays["trace_subject"][row]),
                "concept": str(arrays["trace_concept"][row]),
                "step": step,
                "real": packed(real[row] / step),
                "generated": packed(generated[row] / step),
                "frame": frames.get(name),
            }
        )
    head = head_data(arrays["channels"].tolist(), arrays["positions"], float(arrays["sfreq"]))
    return {"correlate": correlate, "windows": windows} | head


def screens(arrays: Mapping[str, NDArray[Any]], videos: Path) -> dict[str, str]:
    """Return the frame in the middle of each example window, as a small JPEG.

    Windows of videos that may not be redistributed are left out.

    Args:
        arrays: figures.npz.
        videos: The `videos` table.

    Returns:
        Window to `data:` URL.
    """
    table = read_table(videos, "videos").set_index("video_id")
    half_s = arrays["trace_real"].shape[-1] / arrays["sfreq"] / 2
    times_s = arrays["trace_time_s"] + half_s
    shown = {}
    for video in np.unique(arrays["trace_video"]):
        about = table.loc[str(video)]
        if not about["redistributable"]:
            continue
        rows = np.flatnonzero(arrays["trace_video"] == video)
        rows = rows[np.argsort(times_s[rows], kind="stable")]
        for index, picture in frames_at(Path(about["path"]), times_s[rows], _FRAME_PIXELS):
            buffer = io.BytesIO()
            matplotlib.image.imsave(
                buffer, picture, format="jpeg", pil_kwargs={"quality": 75, "optimize": True}
            )
            text = base64.b64encode(buffer.getvalue()).decode()
            shown[str(arrays["trace_window"][rows[index]])] = f"data:image/jpeg;base64,{text}"
    return shown
