"""Time and memory of EEG for a long video.

`python -m benchmarks long-video` uses the generator of the part `default`.
"""

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch

from benchmarks.cost import rounded
from benchmarks.timing import memory_mb, seconds
from videeg_pipe import load_generator
from videeg_pipe.generator.generation import plan
from videeg_pipe.generator.on_disk import on_disk

FPS = 24
_HEIGHT, _WIDTH = 240, 320
_CLIP_S = 2


def measure(folder: Path, video_s: int = 3600) -> dict[str, float]:
    """Generate EEG of one new person for a video whose colour changes every two seconds.

    Args:
        folder: Folder of a generator.
        video_s: Length of the video, s.

    Returns:
        `video_seconds`, `electrodes`, `seconds` and `memory_mb` of `videeg generate -o eeg.h5` in a
        new process that has loaded the generator, and `seconds_per_second` of EEG.
    """
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as temporary:
        video = write_colours(Path(temporary, "long.mp4"), video_s)
        with ProcessPoolExecutor(1, mp_context=spawn) as process:
            measured = process.submit(_generate, folder, video).result()
    per_second = measured["seconds"] / video_s
    return rounded({"video_seconds": video_s} | measured | {"seconds_per_second": per_second})


def write_colours(path: Path, video_s: int) -> Path:
    """Write a video of 320 x 240 pixels that shows a colour for two seconds each."""
    rng = np.random.default_rng(0)
    with av.open(path, "w") as container:
        options = {"preset": "ultrafast"}
        stream = container.add_stream("libx264", rate=Fraction(FPS), options=options)
        stream.height, stream.width, stream.pix_fmt = _HEIGHT, _WIDTH, "yuv420p"
        for number in range(video_s * FPS):
            if number % (_CLIP_S * FPS) == 0:
                picture = np.broadcast_to(
                    rng.integers(0, 256, 3, np.uint8), (_HEIGHT, _WIDTH, 3)
                ).copy()
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def _generate(folder: Path, video: Path) -> dict[str, Any]:
    """Return the electrodes, and time and peak memory of one call."""
    generator = load_generator(folder)
    taken: list[float] = []

    def generate() -> None:
        out, planned = video.with_name("eeg.h5"), plan(generator.folder, video)
        with on_disk(out, planned.shape) as data:
            planned.make(data).save(out)

    memory = memory_mb(lambda: taken.append(seconds(generate)), torch.device("cpu"))
    electrodes = len(generator.channels)
    return {"electrodes": electrodes, "seconds": taken[0], "memory_mb": memory}
