"""Contact sheets of decoded videos: all clips that a row reconstructed, below the true ones."""

import base64
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib.image
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.decoding import Reconstruction
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.report.formatting import number

_COLUMNS = 10
"""Tiles side by side in a picture."""
_WIDTH = 96
"""Largest width of a tile, pixels."""
_MOST = 12_000
"""Largest number of reconstructed tiles: about 10 MB of the page."""


@dataclass(frozen=True)
class Mosaic:
    """Tiles in one picture, for the background of page elements."""

    url: str  # data:
    lines: int  # of _COLUMNS tiles

    @property
    def size(self) -> str:
        """Value of `background-size` that shows one tile."""
        return f"{100 * _COLUMNS}% {100 * self.lines}%"

    def place(self, tile: int) -> str:
        """Return the value of `background-position` that shows a tile."""
        line, column = divmod(tile, _COLUMNS)
        return f"{100 * column / (_COLUMNS - 1):.4g}% {100 * line / max(self.lines - 1, 1):.4g}%"


@dataclass(frozen=True)
class Tile:
    """One test clip of one person."""

    concept: str
    score: str
    true: str  # place in the mosaic of true clips
    made: str  # place in the person's mosaic


@dataclass(frozen=True)
class Sheet:
    """All clips of one person that one row reconstructed."""

    subject: str
    made: Mosaic
    tiles: list[Tile]  # from the lowest score to the highest


@dataclass(frozen=True)
class Sheets:
    """All sheets of a page."""

    true: Mosaic
    shape: tuple[int, int]  # height and width of a tile, pixels
    rows: dict[str, list[Sheet]]  # by row; one per person
    n_tiles: int
    left_out: dict[str, list[str]]  # people without a sheet, by row


def contact_sheets(
    rows: Mapping[str, Reconstruction],
    pictures: PictureStore,
    values: pd.DataFrame,
    score: str,
    most: int = _MOST,
) -> Sheets:
    """Make the sheets of all rows: the middle frame of every test clip.

    A sheet is never cut. Where there would be too many tiles, each row keeps its first people, as
    many in all rows.

    Args:
        rows: By name.
        pictures: True clips.
        values: `decoding.parquet`.
        score: Its column that orders the clips.
        most: Largest number of tiles.

    Raises:
        UserError: if a file is missing or damaged.
    """
    stimuli = pictures.stimuli("test")
    frames = pictures.array("frames")
    index = pd.Index(stimuli["stimulus_id"])
    true = _mosaic(_middle(frames, stimuli.index.to_numpy()))
    own = dict(tuple(values.groupby("row", sort=False)))
    clips = {name: row.clips() for name, row in rows.items()}
    each = _people_shown([table["subject"] for table in clips.values()], most)
    sheets: dict[str, list[Sheet]] = {}
    left_out = {}
    for name, table in clips.items():
        scores = own[name].set_index("clip_id")[score]
        made, people = rows[name].array("frames"), table["subject"].drop_duplicates().tolist()
        left_out[name] = people[each:]
        sheets[name] = []
        for person in people[:each]:
            clips_of = table[table["subject"] == person]
            mosaic = _mosaic(_middle(made, clips_of.index.to_numpy()))
            found = scores.loc[clips_of["clip_id"]].to_numpy()
            tiles = [
                Tile(
                    clips_of["concept"].iloc[i],
                    number(found[i]),
                    true.place(index.get_loc(clips_of["stimulus_id"].iloc[i])),
                    mosaic.place(i),
                )
                for i in np.argsort(found, kind="stable").tolist()
            ]
            sheets[name].append(Sheet(person, mosaic, tiles))
    height, width = _small(np.asarray(frames[:1, 0])).shape[1:3]
    n_tiles = sum(len(sheet.tiles) for of in sheets.values() for sheet in of)
    return Sheets(
        true, (height, width), sheets, n_tiles, {name: of for name, of in left_out.items() if of}
    )


def _people_shown(subjects: list["pd.Series[str]"], most: int) -> int:
    """Return how many people each row shows: all, or as many as `most` tiles allow, at least 1."""
    counts = [of.value_counts(sort=False).tolist() for of in subjects]

    def tiles(people: int) -> int:
        return sum(sum(of[:people]) for of in counts)

    largest = max(map(len, counts))
    return next((n for n in range(largest, 1, -1) if tiles(n) <= most), 1)


def _middle(frames: NDArray[np.uint8], rows: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Return the middle frame of clips as tiles, (n, h, w, 3)."""
    return _small(np.asarray(frames[rows, frames.shape[1] // 2]))


def _small(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Average squares of pixels so that the width is `_WIDTH` at most."""
    step = math.ceil(pictures.shape[2] / _WIDTH)
    if step == 1:
        return pictures
    n, height, width, _ = pictures.shape
    cut = pictures[:, : height // step * step, : width // step * step]
    squares = cut.reshape(n, height // step, step, width // step, step, 3)
    return squares.mean((2, 4)).round().astype(np.uint8)


def _mosaic(tiles: NDArray[np.uint8]) -> Mosaic:
    lines = math.ceil(len(tiles) / _COLUMNS)
    empty = np.zeros((lines * _COLUMNS - len(tiles), *tiles.shape[1:]), np.uint8)
    _, height, width, _ = tiles.shape
    grid = np.concatenate([tiles, empty]).reshape(lines, _COLUMNS, height, width, 3)
    picture = grid.transpose(0, 2, 1, 3, 4).reshape(lines * height, _COLUMNS * width, 3)
    buffer = io.BytesIO()
    matplotlib.image.imsave(
        buffer, picture, format="jpeg", pil_kwargs={"quality": 75, "optimize": True}
    )
    return Mosaic(f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}", lines)
