"""Video files: what they are, and their frames by presentation time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.errors import UserError
from videeg_pipe.contracts.files import missing

_CLOCK_S = 1e-3


@dataclass(frozen=True)
class VideoInfo:
    """Facts of a video's first picture stream."""

    fps: float
    width: int
    height: int
    n_frames: int
    duration_s: float  # presentation time of the last frame plus one frame


def probe_video(path: Path) -> VideoInfo:
    """Read a video's facts by going through its packets, without decoding a picture.

    Raises:
        UserError: if the file is missing, is no video, or ends in the middle.
    """
    times: list[float] = []
    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            for packet in container.demux(stream):
                if packet.pts is not None and packet.size:
                    times.append(float(packet.pts * packet.time_base))
            fps = float(stream.average_rate)
            size = stream.codec_context.width, stream.codec_context.height
            declared = stream.frames
    except FileNotFoundError:
        raise missing(path) from None
    except (av.error.FFmpegError, IndexError, TypeError) as error:
        raise _broken(path, str(error)) from None
    if not times or (declared and len(times) < declared):
        raise _broken(path, f"{len(times)} of {declared} frames")
    return VideoInfo(fps, *size, len(times), max(times) - min(times) + 1 / fps)


def frames(path: Path) -> Iterator[tuple[float, av.VideoFrame]]:
    """Decode a video from its start.

    Yields:
        Presentation time in seconds from the first frame, and the frame.

    Raises:
        UserError: if the file is missing or cannot be decoded to its end.
    """
    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            first: float | None = None
            for frame in container.decode(stream):
                if frame.pts is None:
                    continue
                time = float(frame.pts * frame.time_base)
                first = time if first is None else first
                yield time - first, frame
    except FileNotFoundError:
        raise missing(path) from None
    except (av.error.FFmpegError, IndexError) as error:
        raise _broken(path, str(error)) from None


def frames_at(
    path: Path, times_s: NDArray[np.float64], size: int
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Pictures on screen at given times.

    Args:
        path: The video.
        times_s: (n,) presentation times in seconds, ascending. The picture at a time is the last
            one whose presentation time is not after it, to a millisecond: containers round.
        size: Pictures are resized to `size` x `size` pixels.

    Yields:
        Index into `times_s` and the picture, (size, size, 3) RGB. Times before the first frame get
        the first, times after the last frame the last.
    """
    wanted = 0
    shown: av.VideoFrame | None = None
    for time, frame in frames(path):
        while shown is not None and wanted < len(times_s) and times_s[wanted] < time - _CLOCK_S:
            yield wanted, _rgb(shown, size)
            wanted += 1
        shown = frame
        if wanted == len(times_s):
            return
    for index in range(wanted, len(times_s)):
        if shown is not None:
            yield index, _rgb(shown, size)


def _rgb(frame: av.VideoFrame, size: int) -> NDArray[np.uint8]:
    return frame.to_ndarray(format="rgb24", width=size, height=size, interpolation="AREA")


def _broken(path: Path, found: str) -> UserError:
    return UserError(
        str(path),
        expected="a video that decodes to its end",
        found=found,
        next_step="copy or download the file again",
    )
