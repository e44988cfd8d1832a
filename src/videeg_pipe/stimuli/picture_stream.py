"""The picture stream of a video file: which one a player shows, and when each frame appears."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from heapq import heappush, heappushpop
from itertools import islice, pairwise
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing

_NOT_SHOWN = Disposition.attached_pic | Disposition.timed_thumbnails
_CONVERT = "ffmpeg -i FILE new.mp4"
_LOOK = 240  # frames


@contextmanager
def open_pictures(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video file and choose the picture stream that a player shows.

    That is the first one with the default mark, else the first one; never a cover picture.

    Raises:
        UserError: if the file is missing, holds no moving pictures, or cannot be read or decoded.
    """
    try:
        # absolute: a name with a colon is a file, not an address
        with av.open(path.absolute()) as container:
            name = container.format.name
            if name == "tty" or name.startswith("image2") or name.endswith("_pipe"):
                raise no_video(path, "a text" if name == "tty" else "an image file")
            pictures = picture_streams(container)
            if not pictures:
                cover = " and a cover picture" if container.streams.video else ""
                raise no_video(path, f"only sound{cover}")
            default = [stream for stream in pictures if stream.disposition & Disposition.default]
            stream = (default or pictures)[0]
            if stream.codec_context is None:
                raise broken(path, "a codec that this installation cannot decode")
            yield container, stream
    except FileNotFoundError:
        raise missing(path) from None
    except IsADirectoryError:
        raise no_video(path, "a folder") from None
    except NotADirectoryError:
        raise missing(path) from None
    except av.error.FFmpegError as error:
        raise broken(path, str(error.strerror).lower()) from None


def picture_streams(container: InputContainer) -> list[VideoStream]:
    """Return the streams of moving pictures, without cover pictures and thumbnails."""
    return [one for one in container.streams.video if not one.disposition & _NOT_SHOWN]


def counts_frames(container: InputContainer, stream: VideoStream) -> bool:
    """Return whether the file holds the order of its frames but not when they are shown.

    AVI has no presentation times. With B-frames, those that the demuxer makes up run backwards.
    """
    return container.format.name == "avi" and bool(stream.codec_context.has_b_frames)


def timed_frames(
    path: Path, container: InputContainer, stream: VideoStream
) -> Iterator[tuple[float, av.VideoFrame]]:
    """Decode a stream from its start.

    Yields:
        Time in seconds on the file's own clock, and the frame, ascending.

    Raises:
        UserError: if frames have no times, or times that run backwards.
    """
    counted = counts_frames(container, stream)
    stored: deque[float] = deque()  # times of the packets; decoders give frames in order of display
    before = float("-inf")
    for packet in container.demux(stream):
        if counted and packet.size and packet.dts is not None and packet.time_base is not None:
            stored.append(float(packet.dts * packet.time_base))
        for frame in packet.decode():
            if counted and stored:
                time = stored.popleft()
            elif not counted and frame.pts is not None and frame.time_base is not None:
                time = float(frame.pts * frame.time_base)
            else:
                raise _without_times(path)
            if time < before:
                raise UserError(
                    str(path),
                    expected="frames in the order in which they are shown",
                    found=f"one at {time:.3f} s after one at {before:.3f} s",
                    next_step=f"convert it: {_CONVERT}",
                )
            before = time
            yield time, frame
    if stored:
        raise broken(path, f"{len(stored)} frames that do not decode")


def check_order(path: Path, times: Sequence[float], depth: int) -> None:
    """Check that frames come in the order in which they are shown; most files need no decoding.

    Args:
        path: The file.
        times: Presentation times of the packets, in order of storage.
        depth: Frames that the decoder holds back, as B-frames require.

    Raises:
        UserError: if the times of the decoded frames run backwards.
    """
    n_frames = _n_doubtful(times, depth)
    if n_frames:
        with open_pictures(path) as (container, stream):
            stream.thread_type = "AUTO"
            deque(islice(timed_frames(path, container, stream), n_frames), maxlen=0)


def _n_doubtful(times: Sequence[float], depth: int) -> int:
    """Return how many frames must be decoded to know their order; 0 where the packets show it."""
    held: list[float] = []
    before = float("-inf")
    for time in times:
        if len(held) < depth:
            heappush(held, time)
            continue
        earliest = heappushpop(held, time)
        if earliest < before:
            return len(times)
        before = earliest
    # with B-frames, times that never change places may be those of storage
    unmoved = depth > 0 and all(time <= later for time, later in pairwise(times))
    return min(len(times), _LOOK) if unmoved else 0


def start_of_file(container: InputContainer, stream: VideoStream, first_s: float) -> float:
    """Return when a player starts the file, in seconds on the file's own clock.

    Args:
        container: The file.
        stream: Its picture stream.
        first_s: Time of the first frame that decodes.
    """
    stored = stream.index_entries
    # an MP4 whose samples are delayed by its edit list; fragments declare no number of frames
    if "mp4" in container.format.name and stream.frames and len(stored) and stored[0].timestamp > 0:
        return 0.0
    sounds_s = [
        max(0.0, float(sound.start_time * sound.time_base))  # the encoder's delay is not heard
        for sound in container.streams.audio
        if sound.start_time is not None and sound.time_base is not None
    ]
    return min(first_s, *sounds_s) if sounds_s else first_s


def broken(path: Path, found: str) -> UserError:
    """Return the error for a file that ends early or is damaged."""
    return UserError(
        str(path),
        expected="a video that decodes to its end",
        found=found,
        next_step="copy or download the file again; if a player shows all of it, convert it: "
        f"{_CONVERT}",
    )


def no_video(path: Path, found: str) -> UserError:
    """Return the error for a file without moving pictures."""
    return UserError(
        str(path),
        expected="a video",
        found=found,
        next_step="name the video that was shown, or leave this file out",
    )


def _without_times(path: Path) -> UserError:
    return UserError(
        str(path),
        expected="a file that says when each frame is shown",
        found="frames without times",
        next_step="state its frame rate: ffmpeg -framerate RATE -i FILE new.mp4",
    )
