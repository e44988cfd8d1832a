"""Videos and stimulus programs: facts, and frames by presentation time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.programs import is_program, read_program
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.stimuli.picture_stream import (
    broken,
    check_order,
    counts_frames,
    open_pictures,
    picture_streams,
    start_of_file,
    timed_frames,
)
from videeg_pipe.stimuli.program import SIZE, program_frames
from videeg_pipe.stimuli.shown import ShownColours, orientation

Picture: TypeAlias = av.VideoFrame | NDArray[np.uint8]
"""A decoded frame, or RGB values (H, W, 3)."""

_CLOCK_S = 1e-3
"""Containers round presentation times, Matroska to a whole millisecond."""

_CUT_S = 1.0
"""A file that ends this long before its declared length is truncated."""

_LAST_S = 2e-3
"""A last frame that is shorter than the others by less than this is rounded, not short."""


@dataclass(frozen=True)
class VideoInfo:
    """Facts of the picture stream that a player shows. Times count from the file's start."""

    fps: float
    width: int  # as shown: turned, with square pixels
    height: int
    n_frames: int
    duration_s: float  # from the file's start to the last frame, plus one frame
    file_s: float  # the file's own length: sound may outlast the pictures
    first_s: float = 0.0  # when the first frame is shown: sound may start before the pictures
    n_streams: int = 1  # picture streams, without cover pictures
    counted: bool = False  # frame times by number and rate: the file has none


def probe_video(path: Path) -> VideoInfo:
    """Read a video's facts from its packets and its first frame, or those of a program.

    Raises:
        UserError: if the file is missing, is not a video, is truncated, or has frame times that run
            backwards; if it is not a program.
    """
    if is_program(path):
        program = read_program(path)
        n, fps = program.n_frames, program.frame_rate
        return VideoInfo(fps, SIZE, SIZE, n, duration_s=n / fps, file_s=n / fps)
    first_s, start_s, frame = _first_frame(path)
    times: list[float] = []
    lengths: list[float] = []
    stored = 0
    end_s = 0.0  # of pictures and sound
    with open_pictures(path) as (container, stream):
        counted = counts_frames(container, stream)
        for packet in container.demux():
            if packet.is_corrupt:
                raise broken(path, f"a truncated packet after {end_s:.2f} s")
            shown_at = packet.dts if counted else packet.pts
            if shown_at is None or packet.time_base is None or not packet.size:
                continue
            time = float(shown_at * packet.time_base)
            end_s = max(end_s, time)
            if packet.stream_index != stream.index:
                continue
            stored += 1
            if not packet.is_discard:  # excluded by an edit list: decoded, never shown
                times.append(time)
                lengths.append(float((packet.duration or 0) * packet.time_base))
        declared, declared_s = stream.frames, (container.duration or 0) / av.time_base
        n_streams = len(picture_streams(container))
        rate, pixel = stream.average_rate, stream.sample_aspect_ratio
        depth = stream.codec_context.reorder_depth
    if not times or stored < declared:
        raise broken(path, f"{stored} of {declared} frames")
    # Matroska files do not declare a number of frames
    if not declared and end_s < declared_s - _CUT_S:
        raise broken(path, f"{end_s:.2f} of {declared_s:.2f} s")
    if not counted:
        check_order(path, times, depth)
    last_s = lengths[int(np.argmax(times))]
    if not (rate or last_s):
        raise broken(path, "a single picture that is shown for no time")
    fps = float(rate or 1 / last_s)
    if not 0 < last_s < 1 / fps - _LAST_S:  # uneven rates: the last frame may be shorter
        last_s = 1 / fps
    duration_s = max(times) - start_s + last_s
    width, height = round(frame.width * (pixel or 1)), frame.height
    if orientation(frame).transposed:
        width, height = height, width
    return VideoInfo(
        fps,
        width,
        height,
        sum(time >= first_s for time in times),
        duration_s,
        max(duration_s, declared_s),
        first_s - start_s,
        n_streams,
        counted,
    )


def frames(path: Path) -> Iterator[tuple[float, av.VideoFrame]]:
    """Decode all frames of a video, or draw those of a stimulus program.

    Yields:
        Presentation time in seconds from the start of the file, and the frame in the colours that a
        player shows. Where sound starts before the pictures, the first time is above 0.

    Raises:
        UserError: if the file is missing, cannot be decoded, or is not a valid program.
    """
    if is_program(path):
        yield from program_frames(path)
        return
    start_s: float | None = None
    colours = ShownColours()
    with open_pictures(path) as (container, stream):
        stream.thread_type = "AUTO"
        for time, frame in timed_frames(path, container, stream):
            if start_s is None:
                orientation(frame, str(path))  # refuses other than quarter turns
                start_s = start_of_file(container, stream, time)
            yield time - start_s, colours(frame)
    if start_s is None:
        raise broken(path, "no frame that decodes")


def _first_frame(path: Path) -> tuple[float, float, av.VideoFrame]:
    """Time of the first frame and start of the file on its own clock, and the frame."""
    with open_pictures(path) as (container, stream):
        stream.thread_type = "NONE"  # threads would decode frames ahead
        for time, frame in timed_frames(path, container, stream):
            orientation(frame, str(path))
            return time, start_of_file(container, stream, time), frame
    raise broken(path, "no frame that decodes")


def decoded(
    video: Path | Iterable[tuple[float, Picture]],
) -> tuple[Iterable[tuple[float, av.VideoFrame]], float]:
    """Decode the frames of a video with their presentation times, and its length.

    Args:
        video: A file, or pictures with their presentation times in seconds, ascending.

    Returns:
        Presentation times in seconds, with the frames: those of pictures as given, those of a file
        from its start, as `frames` counts. And the length in seconds, from 0 to the last frame,
        plus one frame.

    Raises:
        UserError: if the file is missing or no video, or if pictures are fewer than two or not in
            ascending order.
    """
    if isinstance(video, Path):
        return frames(video), probe_video(video).duration_s
    colours = ShownColours()
    shown = [(time, _frame(picture, colours)) for time, picture in video]
    intervals_s = np.diff([time for time, _ in shown])
    if not (len(intervals_s) and (intervals_s > 0).all()):
        raise UserError(
            "decoded frames",
            expected="two or more with ascending presentation times",
            found=f"{len(shown)} frames" + (", not ascending" if len(intervals_s) else ""),
            next_step="decode the video in the order of presentation",
        )
    return shown, shown[-1][0] + float(np.median(intervals_s))


def _frame(picture: Picture, colours: ShownColours) -> av.VideoFrame:
    if isinstance(picture, av.VideoFrame):
        return colours(picture)
    return av.VideoFrame.from_ndarray(picture, format="rgb24")


def frames_at(
    path: Path, times_s: NDArray[np.float64], size: int | tuple[int, int]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Decode the pictures on screen at given times: `pictures_at` of all frames of a video."""
    return pictures_at(frames(path), times_s, size)


def pictures_at(
    shown: Iterable[tuple[float, av.VideoFrame]],
    times_s: NDArray[np.float64],
    size: int | tuple[int, int],
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the pictures on screen at given times.

    Args:
        shown: Frames with their presentation times in seconds, as `frames` yields them; none is
            read after the last picture.
        times_s: (n,) presentation times in seconds, ascending. The picture at a time is the last
            one whose presentation time is not after it, to a millisecond: containers round.
        size: Pictures are resized to this width and height, or to a square of this side, pixels.

    Yields:
        Index into `times_s` and the picture, (height, width, 3) RGB: before the first frame the
        first, after the last frame the last.
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


def _rgb(frame: av.VideoFrame, size: int | tuple[int, int]) -> NDArray[np.uint8]:
    width, height = (size, size) if isinstance(size, int) else size
    turn = orientation(frame)
    if turn.transposed:
        width, height = height, width
    picture = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
    return turn.apply(picture)
