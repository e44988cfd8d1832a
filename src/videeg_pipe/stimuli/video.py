"""Video files: facts, and frames by presentation time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing

Picture: TypeAlias = av.VideoFrame | NDArray[np.uint8]
"""A decoded frame, or RGB values (H, W, 3)."""

_CLOCK_S = 1e-3
"""Containers round presentation times, Matroska to a whole millisecond."""

_CUT_S = 1.0
"""A file that ends this long before its declared length is truncated."""


@dataclass(frozen=True)
class VideoInfo:
    """Facts of a video's first picture stream."""

    fps: float
    width: int
    height: int
    n_frames: int
    duration_s: float  # from the first frame shown to the last, plus one frame
    file_s: float  # the file's own length: sound may outlast the pictures


def probe_video(path: Path) -> VideoInfo:
    """Read a video's facts from its packets, without decoding.

    Raises:
        UserError: if the file is missing, is not a video, or is truncated.
    """
    times: list[float] = []
    stored = 0
    end_s = 0.0  # of pictures and sound
    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            for packet in container.demux():
                if packet.is_corrupt:
                    raise _broken(path, f"a truncated packet after {end_s:.2f} s")
                if packet.pts is None or not packet.size:
                    continue
                time = float(packet.pts * packet.time_base)
                end_s = max(end_s, time)
                if packet.stream_index != stream.index:
                    continue
                stored += 1
                if not packet.is_discard:  # excluded by an edit list: decoded, never shown
                    times.append(time)
            fps = float(stream.average_rate)
            size = stream.codec_context.width, stream.codec_context.height
            declared, declared_s = stream.frames, (container.duration or 0) / av.time_base
    except FileNotFoundError:
        raise missing(path) from None
    except (av.error.FFmpegError, IndexError, TypeError) as error:
        raise _broken(path, str(error)) from None
    if not times or stored < declared:
        raise _broken(path, f"{stored} of {declared} frames")
    if (
        not declared and end_s < declared_s - _CUT_S
    ):  # Matroska files do not declare a number of frames
        raise _broken(path, f"{end_s:.2f} of {declared_s:.2f} s")
    duration_s = max(times) - min(times) + 1 / fps
    return VideoInfo(fps, *size, len(times), duration_s, max(duration_s, declared_s))


def frames(path: Path) -> Iterator[tuple[float, av.VideoFrame]]:
    """Decode a video from its start.

    Yields:
        Presentation time in seconds from the first frame, and the frame.

    Raises:
        UserError: if the file is missing or cannot be decoded.
    """
    first: float | None = None
    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
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
    if first is None:
        raise _broken(path, "no frame with a presentation time")


def decoded(
    video: Path | Iterable[tuple[float, Picture]],
) -> tuple[Iterable[tuple[float, av.VideoFrame]], float]:
    """Decode the frames of a video with their presentation times, and its length.

    Args:
        video: A file, or pictures with their presentation times in seconds, ascending.

    Returns:
        Presentation times in seconds from the first frame, with the frames; and the length in
        seconds, from the first frame to the last, plus one frame.

    Raises:
        UserError: if the file is missing or no video, or if pictures are fewer than two or not in
            ascending order.
    """
    if isinstance(video, Path):
        return frames(video), probe_video(video).duration_s
    shown = [(time, _frame(picture)) for time, picture in video]
    intervals_s = np.diff([time for time, _ in shown])
    if not (len(intervals_s) and (intervals_s > 0).all()):
        raise UserError(
            "decoded frames",
            expected="two or more with ascending presentation times",
            found=f"{len(shown)} frames" + (", not ascending" if len(intervals_s) else ""),
            next_step="decode the video in the order of presentation",
        )
    first, last = shown[0][0], shown[-1][0]
    relative = [(time - first, frame) for time, frame in shown]
    return relative, last - first + float(np.median(intervals_s))


def _frame(picture: Picture) -> av.VideoFrame:
    if isinstance(picture, av.VideoFrame):
        return picture
    return av.VideoFrame.from_ndarray(picture, format="rgb24")


def frames_at(
    path: Path, times_s: NDArray[np.float64], size: int
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Decode the pictures on screen at given times: `pictures_at` of all frames of a video."""
    return pictures_at(frames(path), times_s, size)


def pictures_at(
    shown: Iterable[tuple[float, av.VideoFrame]], times_s: NDArray[np.float64], size: int
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the pictures on screen at given times.

    Args:
        shown: Frames with their presentation times in seconds, as `frames` yields them; none is
            read after the last picture.
        times_s: (n,) presentation times in seconds, ascending. The picture at a time is the last
            one whose presentation time is not after it, to a millisecond: containers round.
        size: Pictures are resized to `size` x `size` pixels.

    Yields:
        Index into `times_s` and the picture, (size, size, 3) RGB: before the first frame the first,
        after the last frame the last.
    """
    wanted = 0
    current: av.VideoFrame | None = None
    for time, frame in shown:
        while current is not None and wanted < len(times_s) and times_s[wanted] < time - _CLOCK_S:
            yield wanted, _rgb(current, size)
            wanted += 1
        current = frame
        if wanted == len(times_s):
            return
    for index in range(wanted, len(times_s)):
        if current is not None:
            yield index, _rgb(current, size)


def _rgb(frame: av.VideoFrame, size: int) -> NDArray[np.uint8]:
    return frame.to_ndarray(format="rgb24", width=size, height=size, interpolation="AREA")


def _broken(path: Path, found: str) -> UserError:
    return UserError(
        str(path),
        expected="a video that decodes to its end",
        found=found,
        next_step="copy or download the file again",
    )
