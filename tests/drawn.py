"""Videos for tests: frames can show their number, and times can be uneven."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIDE = 64  # pixels
BITS = 16


def numbered(number: int) -> np.ndarray:
    """Draw a picture (64, 64, 3) whose 4 x 4 black and white blocks encode a number."""
    bits = (number >> np.arange(BITS)) & 1
    gray = np.kron(bits.reshape(4, 4), np.ones((SIDE // 4, SIDE // 4))) * 215 + 20
    return np.repeat(gray[..., None], 3, axis=2).astype(np.uint8)


def read_number(picture: np.ndarray) -> int:
    """Read the number in a decoded picture of any size."""
    step = picture.shape[0] // 4
    centres = picture[step // 2 :: step, step // 2 :: step, 1][:4, :4]
    return int((centres.ravel() > 127) @ (1 << np.arange(BITS)))


def write_video(
    path: Path,
    pictures: Iterable[np.ndarray],
    *,
    fps: float | Fraction = 24,
    times_ms: Iterable[int] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode pictures (H, W, 3) as H.264, at a steady rate or at given times."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = None if times_ms is None else iter(times_ms)
    with av.open(path, "w", options=options or {}) as container:
        rate = Fraction(fps).limit_denominator(1001)
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            if not stream.codec_context.is_open:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = next(times), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
