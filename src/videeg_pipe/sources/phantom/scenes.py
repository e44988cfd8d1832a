"""Pictures of the phantom: one visual identity per concept, one scene per clip.

A picture consists of palette indices: a periodic texture, seen through a moving, rotating and
zooming window, with shapes that move over it. Brightness changes only the palette, which is fast.
"""

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TEXTURES = ("stripes", "checks", "plaid", "clouds", "spots")
SHAPES = ("disc", "square", "diamond", "ring", "star", "cross")
MOTIONS = ("drifting", "turning", "zooming", "swaying", "swarming", "bouncing", "pulsing")
COLOURS = ("red", "yellow", "green", "cyan", "blue", "magenta")

_TILE = 256  # pixels of a texture's period, a power of two
_SHADES = 128  # palette entries of the texture, and of the shapes
_REFERENCE_WIDTH = 160  # speeds and sizes below are in pixels of a picture this wide
# BT.601 with studio range: RGB in [0, 1] to Y, U and V
_YUV = np.array(
    [
        [65.481, -37.797, 112.0],
        [128.553, -74.203, -93.786],
        [24.966, 112.0, -18.214],
    ]
)
_YUV_OFFSET = np.array([16.0, 128.0, 128.0])


@dataclass(frozen=True)
class Identity:
    """Look of one concept, the same in all its clips."""

    hue: float  # 0 to 1
    texture: str
    shape: str
    n_objects: int  # 1 to 3
    motion: str

    @classmethod
    def of(cls, concept_id: int) -> "Identity":
        """Return the identity of a concept; all 40 differ."""
        return cls(
            (concept_id * 0.618034) % 1,  # the golden ratio spreads the hues evenly
            TEXTURES[concept_id % len(TEXTURES)],
            SHAPES[concept_id % len(SHAPES)],
            1 + concept_id % 3,
            MOTIONS[concept_id % len(MOTIONS)],
        )

    @property
    def colour(self) -> str:
        """Name of the shapes' colour."""
        return COLOURS[round(self.hue * len(COLOURS)) % len(COLOURS)]


@dataclass(frozen=True)
class Shot:
    """Frames between two cuts: textures and shapes, and their motion over F frames."""

    texture: NDArray[np.uint8]  # (_TILE, _TILE) palette indices
    sprite: NDArray[np.uint8]  # (S, S) palette indices, 0 where transparent
    palette: NDArray[np.float64]  # (2 * _SHADES, 3) RGB in [0, 1]
    shift: NDArray[np.float64]  # (F, 2) of the texture, pixels
    angle: NDArray[np.float64]  # (F,) of the texture, radians
    zoom: NDArray[np.float64]  # (F,) texture pixels per picture pixel
    centres: NDArray[np.float64]  # (F, n_objects, 2) of the shapes, x and y in [0, 1]
    gain: NDArray[np.float64]  # (F,) brightness


def hint(identity: Identity, n_frames: int, width: int) -> Shot:
    """Make the still picture before a concept's clips: its shape on dark grey."""
    palette = _palette(identity.hue, 0.0)
    palette[:_SHADES] = 0.15
    return Shot(
        np.zeros((_TILE, _TILE), np.uint8),
        _sprite(identity.shape, 18 * width / _REFERENCE_WIDTH),
        palette,
        np.zeros((n_frames, 2)),
        np.zeros(n_frames),
        np.ones(n_frames),
        np.full((n_frames, 1, 2), 0.5),
        np.ones(n_frames),
    )


def shot(
    identity: Identity,
    valence: int,
    n_frames: int,
    fps: float,
    width: int,
    rng: np.random.Generator,
) -> Shot:
    """Make a scene of a concept that moves and changes brightness for `n_frames`.

    Args:
        identity: Look of the concept.
        valence: -1, 0 or 1: unpleasant concepts are darker, pleasant ones brighter.
        n_frames: Frames, F.
        fps: Frame rate, Hz.
        width: Width of the picture, pixels; sizes and speeds scale with it.
        rng: Draws start, speed and brightness.
    """
    scale = width / _REFERENCE_WIDTH
    motion = identity.motion
    # pixels per frame: nearly still at times, fast at others
    speed = rng.uniform(1.2, 3.2) * _wander(n_frames, fps, 0.25, rng) ** 1.5
    path = np.cumsum(speed) - speed[0]
    heading = rng.uniform(0, 2 * np.pi)
    direction = np.array([np.cos(heading), np.sin(heading)])
    along = {
        "drifting": path,
        "swaying": 22 * np.sin(path / 11),
        "bouncing": 24 * np.abs(np.sin(path / 16)),
        "swarming": 0.15 * path,
    }.get(motion, 0.3 * path)
    turn = {"turning": path / 45, "swarming": 0 * path}.get(motion, path / 400)
    grow = {"zooming": path / 60, "pulsing": 0.45 * np.sin(path / 6)}.get(motion, 0 * path)
    quick = {"swarming": 2.5, "bouncing": 1.5}.get(motion, 0.8)
    return Shot(
        _texture(identity.texture, rng),
        _sprite(identity.shape, scale * rng.uniform(12, 20)),
        _palette(identity.hue + rng.uniform(-0.03, 0.03), rng.uniform(-0.5, 0.5)),
        scale * (rng.uniform(0, _TILE, 2) + along[:, None] * direction),
        rng.uniform(0, 2 * np.pi) + rng.choice([-1, 1]) * turn,
        rng.uniform(0.8, 1.4) / scale * np.exp(rng.choice([-1, 1]) * grow),
        _centres(identity.n_objects, quick * path / _REFERENCE_WIDTH, rng),
        rng.uniform(0.65, 1.15) + 0.1 * valence + 0.8 * (_wander(n_frames, fps, 0.15, rng) - 0.5),
    )


def frames(scene: Shot, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """Draw the frames of a shot.

    Yields:
        Its frames, (3 * height / 2, width): the planes Y, U and V of yuv420p below each other.
    """
    x = np.arange(width) - width / 2
    y = np.arange(height) - height / 2
    size = scene.sprite.shape[0]
    margin = size
    canvas = np.empty((height + 2 * margin, width + 2 * margin), np.uint8)
    picture = canvas[margin:-margin, margin:-margin]
    texture = scene.texture.ravel()
    for place in range(len(scene.gain)):
        cos = scene.zoom[place] * np.cos(scene.angle[place])
        sin = scene.zoom[place] * np.sin(scene.angle[place])
        u = _tile_index(cos * x + scene.shift[place, 0], -sin * y)  # (height, width)
        v = _tile_index(sin * x + scene.shift[place, 1], cos * y)
        picture[:] = texture[(v << 8) | u]
        for centre in scene.centres[place]:
            left, top = np.rint(centre * [width, height]).astype(int) + margin - size // 2
            under = canvas[top : top + size, left : left + size]
            np.copyto(under, scene.sprite, where=scene.sprite > 0)
        yield _coloured(picture, scene.palette * scene.gain[place])


def _tile_index(across: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.add(down[:, None], across[None, :], dtype=np.float32).astype(np.int32) & (_TILE - 1)


def _coloured(picture: NDArray[np.uint8], palette: NDArray[np.float64]) -> NDArray[np.uint8]:
    yuv = np.rint(np.clip(palette, 0, 1) @ _YUV + _YUV_OFFSET).astype(np.uint8)
    height, width = picture.shape
    frame = np.empty((height * 3 // 2, width), np.uint8)
    frame[:height] = yuv[picture, 0]
    quarter = picture[::2, ::2]
    chroma = frame[height:].reshape(2, height // 2, width // 2)
    chroma[0], chroma[1] = yuv[quarter, 1], yuv[quarter, 2]
    return frame


def _wander(n: int, fps: float, step_s: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Random values in [0, 1], (n,): a new one every `step_s`, linear in between."""
    knots = rng.uniform(0, 1, 2 + int(n / fps / step_s))
    return np.interp(np.arange(n) / fps / step_s, np.arange(len(knots)), knots)


def _centres(n: int, path: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    heading = rng.uniform(0, 2 * np.pi, n)
    velocity = np.stack([np.cos(heading), np.sin(heading)], axis=-1)  # (n, 2)
    where = rng.uniform(0, 1, (n, 2)) + path[:, None, None] * velocity
    return np.abs((where + 1) % 2 - 1)  # mirrored at the picture's edges


def _palette(hue: float, tone: float) -> NDArray[np.float64]:
    """Colours from dark to light for the texture, and the complement for the shapes."""
    shade = np.linspace(0, 1, _SHADES)[:, None]
    dark = np.array(colorsys.hsv_to_rgb((hue + 0.45) % 1, 0.75, 0.25 + 0.1 * tone))
    light = np.array(colorsys.hsv_to_rgb((hue + 0.55) % 1, 0.35, 0.75 + 0.2 * tone))
    edge = np.array(colorsys.hsv_to_rgb(hue % 1, 0.95, 0.55))
    middle = np.array(colorsys.hsv_to_rgb(hue % 1, 0.8, 1.0))
    return np.vstack([dark + shade * (light - dark), edge + shade * (middle - edge)])


def _texture(name: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    angle = 2 * np.pi * np.arange(_TILE) / _TILE
    across, down = np.meshgrid(angle, angle)
    waves = int(rng.integers(5, 10))  # whole periods, so that the tile repeats without a seam
    if name == "stripes":
        value = np.sin(waves * across + rng.integers(-3, 4) * down)
    elif name == "checks":
        value = np.tanh(4 * np.sin(waves * across) * np.sin(waves * down))
    elif name == "plaid":
        value = 0.5 * (np.sin(waves * across) + np.sin((waves + 3) * down))
    else:
        value = _clouds(rng)
        value = np.tanh(5 * (value - 0.3)) if name == "spots" else np.clip(value / 1.6, -1, 1)
    return np.rint((value + 1) / 2 * (_SHADES - 1)).astype(np.uint8)


def _clouds(rng: np.random.Generator) -> NDArray[np.float64]:
    """Smooth periodic noise of unit variance, (_TILE, _TILE)."""
    f = np.fft.fftfreq(_TILE, 1 / _TILE)
    keep = np.exp(-0.5 * (np.hypot(f[:, None], f[None, : _TILE // 2 + 1]) / 7) ** 2)
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((_TILE, _TILE))) * keep)
    return noise / noise.std()


def _sprite(shape: str, radius: float) -> NDArray[np.uint8]:
    axis = np.arange(-int(np.ceil(radius)), int(np.ceil(radius)) + 1) / radius
    x, y = np.meshgrid(axis, axis)
    distance = np.hypot(x, y)
    inside = {
        "disc": distance <= 1,
        "square": np.maximum(abs(x), abs(y)) <= 0.85,
        "diamond": abs(x) + abs(y) <= 1,
        "ring": (distance <= 1) & (distance >= 0.5),
        "star": distance <= 0.65 + 0.35 * np.cos(5 * np.arctan2(x, -y)),
        "cross": (np.minimum(abs(x), abs(y)) <= 0.3) & (np.maximum(abs(x), abs(y)) <= 0.95),
    }[shape]
    shaded = _SHADES + np.rint((_SHADES - 1) * np.clip(1 - distance / 1.3, 0, 1))
    return np.where(inside, shaded, 0).astype(np.uint8)
