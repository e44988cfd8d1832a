"""Pictures of a video at some times, and strips of them as JPEG."""

import io
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import av
import numpy as np
import PIL.Image
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from videeg_pipe.contracts.programs import is_program
from videeg_pipe.stimuli.picture_stream import (
    counts_frames,
    open_pictures,
    start_of_file,
    timed_frames,
)
from videeg_pipe.stimuli.shown import ShownColours
from videeg_pipe.stimuli.video import frames_at, pictures_at

PIXELS = 160
_QUALITY = 80


def strip(pictures: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], aspect: float = 1.0) -> bytes:
    """Encode pictures side by side as one JPEG.

    Args:
        pictures: (H, W, 3) each; square ones of a video of any shape.
        aspect: Width over height of the video, bounded for the page.
    """
    width = round(PIXELS * min(max(aspect, 0.4), 2.5))
    parts = [PIL.Image.fromarray(one).resize((width, PIXELS)) for one in pictures]
    whole = PIL.Image.new("RGB", (width * len(parts), PIXELS))
    for place, part in enumerate(parts):
        whole.paste(part, (width * place, 0))
    buffer = io.BytesIO()
    whole.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def pictures_of(path: Path, times_s: NDArray[np.float64]) -> list[NDArray[np.uint8]]:
    """Return the pictures of a video at some times, ascending, (PIXELS, PIXELS, 3) each.

    Decoding starts at the key frame before the first time, where the file can be searched.

    Raises:
        UserError: if the video cannot be decoded.
    """
    if not is_program(path):
        with open_pictures(path) as (container, stream):
            shown = _from_key_frame(path, container, stream, float(times_s[0]))
            if shown is not None:
                return [picture for _, picture in pictures_at(shown, times_s, PIXELS)]
    return [picture for _, picture in frames_at(path, times_s, PIXELS)]


def _from_key_frame(
    path: Path, container: InputContainer, stream: VideoStream, time_s: float
) -> Iterator[tuple[float, av.VideoFrame]] | None:
    """Return the frames from the key frame before a time, as `stimuli.video.frames` yields them.

    None if the file cannot be searched, or the time is before the first frame.
    """
    first = next(timed_frames(path, container, stream), None)
    if first is None or counts_frames(container, stream) or stream.time_base is None:
        return None
    start_s = start_of_file(container, stream, first[0])
    try:
        container.seek(int((start_s + time_s) / stream.time_base), stream=stream)
    except av.error.FFmpegError:
        return None
    shown = timed_frames(path, container, stream)
    first = next(shown, None)
    if first is None or first[0] - start_s > time_s:
        return None
    colours = ShownColours()
    return ((time - start_s, colours(frame)) for time, frame in chain([first], shown))
