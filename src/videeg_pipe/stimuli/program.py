"""Pictures of a stimulus program, frame by frame, and the lossless video of them."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from videeg_pipe.contracts.programs import (
    Blank,
    Code,
    Flicker,
    GoldCode,
    ImageStream,
    MSequence,
    read_program,
)
from videeg_pipe.runtime.files import atomic_path
from videeg_pipe.runtime.seeds import derive_seed

SIZE = 256
"""Pictures are SIZE x SIZE pixels, of grey values."""

_BELOW = 1e-9  # of a cycle or a bit: a frame at the very start of one belongs to it
_DETAIL = (2, 12)  # smoothing of fine and coarse texture, pixels of 256

Grey = NDArray[np.uint8]


def program_frames(path: Path) -> Iterator[tuple[float, av.VideoFrame]]:
    """Draw the frames of a program file.

    Yields:
        Presentation time in seconds, and the frame, (SIZE, SIZE) grey.

    Raises:
        UserError: if the file is not a program.
    """
    program = read_program(path)
    draw = _drawing(program)
    for index in range(program.n_frames):
        time = index / program.frame_rate
        yield time, av.VideoFrame.from_ndarray(draw(index), format="gray")


def render(path: Path, video: Path) -> None:
    """Write a program as a lossless video, H.264 in an MP4 file, with exact frame times.

    Raises:
        UserError: if the file is not a program.
    """
    rate = Fraction(read_program(path).frame_rate).limit_denominator(1001)
    with atomic_path(video) as temporary, av.open(temporary, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"qp": "0", "preset": "fast"})
        stream.width = stream.height = SIZE
        stream.pix_fmt, stream.color_range = "gray", ColorRange.JPEG
        for index, (_, frame) in enumerate(program_frames(path)):
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def luminances(program: Blank | Flicker | Code) -> NDArray[np.float64]:
    """Return the patch's luminance per frame, (m,), 0 to 1."""
    frames = np.arange(program.n_frames)
    if isinstance(program, Blank):
        return np.full(len(frames), program.background)
    if isinstance(program, Code):
        code = bits(program)
        rate = program.rate * (2 if program.modulated else 1)
        places = np.floor(frames * rate / program.frame_rate + _BELOW).astype(int)
        share = code[places % len(code)].astype(float)
    else:
        phase = program.phase or 0.0
        cycles = frames * program.frequency / program.frame_rate + phase / (2 * np.pi)
        if program.waveform == "sine":
            share = (1 + np.sin(2 * np.pi * cycles)) / 2
        else:
            share = ((cycles + _BELOW) % 1 < program.duty).astype(float)
    return program.low + (program.high - program.low) * share


def bits(program: Code) -> NDArray[np.int8]:
    """Return one period of a code, as shown: a modulated code has two values per bit."""
    if program.bits is not None:
        code = np.array([int(bit) for bit in program.bits], np.int8)
    elif program.m_sequence is not None:
        code = _m_sequence(program.m_sequence)
    else:
        assert program.gold is not None  # the schema requires one of the three
        code = _gold(program.gold)
    if program.modulated:
        code = np.stack([code, 1 - code], axis=1).ravel()
    return code


def contrasts(program: ImageStream) -> NDArray[np.float64]:
    """Return the contrast of the picture on screen per frame, (m,), 0 to 1."""
    cycles = np.arange(program.n_frames) * program.rate / program.frame_rate
    if program.waveform == "constant":
        return np.ones(len(cycles))
    if program.waveform == "square":
        return ((cycles + _BELOW) % 1 < program.duty).astype(float)
    return (1 - np.cos(2 * np.pi * cycles)) / 2


def _m_sequence(sequence: MSequence) -> NDArray[np.int8]:
    return np.roll(_longest(sequence.degree, sequence.taps), -sequence.shift)


def _gold(sequence: GoldCode) -> NDArray[np.int8]:
    one, other = (_longest(sequence.degree, taps) for taps in sequence.taps)
    return one ^ np.roll(other, -sequence.shift)


def _longest(degree: int, taps: tuple[int, ...] | None) -> NDArray[np.int8]:
    """Return the maximum length sequence of a shift register, (2^degree - 1,)."""
    from scipy.signal import max_len_seq  # takes half a second of each job that shows videos

    code, _ = max_len_seq(degree, taps=taps)
    return code


def _drawing(program: Blank | Flicker | Code | ImageStream) -> Callable[[int], Grey]:
    """Return a function from a frame's number to its picture."""
    (x, y), (width, height) = program.position, program.size
    (columns, from_columns), (rows, from_rows) = _covered(x, width), _covered(y, height)
    screen = np.full((SIZE, SIZE), _grey(program.background), np.uint8)
    if isinstance(program, ImageStream):
        contrast = contrasts(program)
        category = partial(_stand_in, program.seed, program.n_pictures)

        def draw(index: int) -> Grey:
            number = int(index * program.rate / program.frame_rate + _BELOW)
            odd = program.oddball_period is not None and number % program.oddball_period == 0
            picture = category(odd, number)[np.ix_(from_rows, from_columns)]
            shown = screen.copy()
            background = program.background
            shown[rows, columns] = _grey(background + contrast[index] * (picture - background))
            return shown

        return draw
    level = luminances(program)

    def fill(index: int) -> Grey:
        shown = screen.copy()
        shown[rows, columns] = _grey(level[index])
        return shown

    return fill


def _covered(centre: float, extent: float) -> tuple[slice, NDArray[np.intp]]:
    """Return the rows or columns of the screen that the stimulus covers.

    The second value is the row or column of a whole picture that each of them shows. What lies
    beyond the screen is cut off.
    """
    start, stop = (round((centre + side * extent / 2) * SIZE) for side in (-1, 1))
    scaled = np.linspace(0, SIZE - 1, stop - start).round().astype(np.intp)
    first, last = max(0, start), min(SIZE, stop)
    return slice(first, last), scaled[first - start : last - start]


def _grey(luminance: float | NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.round(255 * np.asarray(luminance)).astype(np.uint8)


def _stand_in(seed: int, n_pictures: int, odd: bool, number: int) -> NDArray[np.float64]:
    """Return a picture, (SIZE, SIZE), 0 to 1: which of its category follows from its number."""
    which = np.random.default_rng(derive_seed(seed, "order", str(number))).integers(n_pictures)
    return _face(seed, int(which)) if odd else _texture(seed, int(which))


@lru_cache(maxsize=64)
def _texture(seed: int, which: int) -> NDArray[np.float64]:
    """Coarse and fine random texture, of equal mean and SD in all pictures."""
    rng = np.random.default_rng(derive_seed(seed, "texture", str(which)))
    noise = rng.standard_normal((2, SIZE, SIZE))
    layers = [gaussian_filter(x, s, mode="wrap") for x, s in zip(noise, _DETAIL, strict=True)]
    mixed = sum(layer / layer.std() for layer in layers)
    return np.clip(0.5 + 0.15 * mixed / np.std(mixed), 0, 1)


@lru_cache(maxsize=64)
def _face(seed: int, which: int) -> NDArray[np.float64]:
    """Draw an oval with eyes, nose and mouth, of random size and place."""
    rng = np.random.default_rng(derive_seed(seed, "face", str(which)))
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    x, y = x - rng.uniform(-0.15, 0.15), y - rng.uniform(-0.15, 0.15)
    width, eyes = rng.uniform(0.5, 0.65), rng.uniform(0.18, 0.26)
    picture = np.full((SIZE, SIZE), 0.35)
    parts = [  # x, y, half width, half height, luminance
        (0.0, 0.0, width, width * 1.35, 0.75),
        *((side * eyes, -0.2, 0.09, 0.05, 0.1) for side in (-1, 1)),
        (0.0, 0.1, 0.05, 0.16, 0.55),
        (0.0, 0.42, rng.uniform(0.15, 0.25), 0.05, 0.25),
    ]
    for across, down, half_width, half_height, luminance in parts:
        inside = ((x - across) / half_width) ** 2 + ((y - down) / half_height) ** 2 <= 1
        picture[inside] = luminance
    return gaussian_filter(picture, 1.5)
