"""Odd video files for tests: turned, late, without times, with sound or a cover."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

_ONE = 1 << 16  # of 16.16 fixed point


def turn(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Write a display matrix, x' = a x + c y and y' = b x + d y, into the track of an MP4."""
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd")
    matrix = at + 4 + 4 + (32 if data[at + 4] else 20) + 16
    values = (a * _ONE, b * _ONE, 0, c * _ONE, d * _ONE, 0, 0, 0, 1 << 30)
    data[matrix : matrix + 36] = struct.pack(">9i", *values)
    path.write_bytes(bytes(data))
    return path


def add_cover(path: Path, jpeg: bytes) -> Path:
    """Add a cover picture to an MP4 whose index is the last box."""
    data = path.read_bytes()
    at = data.find(b"moov") - 4
    moov = data[at : at + int.from_bytes(data[at : at + 4], "big")]
    assert at + len(moov) == len(data)
    item = _box(b"covr", _box(b"data", struct.pack(">2I", 13, 0) + jpeg))
    handler = _box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    tags = _box(b"udta", _box(b"meta", bytes(4) + handler + _box(b"ilst", item)))
    # the first box of its kind counts: before the encoder's own
    end = moov.find(b"udta") - 4 if b"udta" in moov else len(moov)
    path.write_bytes(data[:at] + _box(b"moov", moov[8:end] + tags))
    return path


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def write_streams(
    path: Path,
    pictures: list[list[np.ndarray]],
    *,
    codec: str = "libx264",
    fps: int = 24,
    start_s: float = 0.0,
    sound_s: float = 0.0,
    default: int | None = None,
    options: dict[str, str] | None = None,
    container_format: str | None = None,
) -> Path:
    """Write one picture stream per list of pictures (H, W, 3); silence where `sound_s` is not 0.

    Args:
        start_s: When the first picture is shown.
        default: Number of the stream with the default mark; without it no mark is set.
    """
    with av.open(path, "w", format=container_format) as container:
        streams = []
        for place, shown in enumerate(pictures):
            stream = container.add_stream(codec, rate=fps, options=options or {})
            stream.height, stream.width = shown[0].shape[:2]
            stream.pix_fmt = "yuv420p"
            if default is not None:
                stream.disposition = av.stream.Disposition.default if place == default else 0
            streams.append(stream)
        sound = container.add_stream("aac", rate=48_000) if sound_s else None
        for stream, shown in zip(streams, pictures, strict=True):
            for number, picture in enumerate(shown):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.time_base = Fraction(1, fps)
                frame.pts = number + round(start_s * fps)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        if sound is not None:
            silence = np.zeros((1, round(sound_s * 48_000)), np.float32)
            block = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            block.sample_rate = 48_000
            container.mux(sound.encode(block))
            container.mux(sound.encode())
    return path


def write_flat(
    path: Path, luma: tuple[int, int], chroma: tuple[int, int], size: tuple[int, int], **tags: str
) -> Path:
    """Write a second of 10-bit HEVC, given as codes of the upper and lower half.

    Args:
        size: Width and height.
        tags: `colorprim`, `transfer` and `colormatrix` of x265.
    """
    # one thread: a crash of x265's threads once ended the process
    always = ("log-level=none", "lossless=1", "pools=none", "frame-threads=1")
    settings = ":".join([*always, *(f"{name}={value}" for name, value in tags.items())])
    with av.open(path, "w") as container:
        stream = container.add_stream("libx265", rate=24, options={"x265-params": settings})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p10le"
        for _ in range(24):
            frame = av.VideoFrame(*size, "yuv420p10le")
            for place, plane in enumerate(frame.planes):
                codes = np.empty((plane.height, plane.line_size // 2), np.uint16)
                codes[:] = luma[1] if place == 0 else chroma[place - 1]
                if place == 0:
                    codes[: plane.height // 2] = luma[0]
                plane.update(codes.tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
