"""Contact sheets: every clip once, the worst first, at the place of its own picture."""

import base64
import io
import re

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

from tests.report.decoding_files import CLIPS, GROUPS, ROWS, RUNS, H, W, build, colours
from videeg_pipe.contracts.decoding import Reconstruction
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.report.contact_sheet import _small, contact_sheets

N = RUNS * CLIPS


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Function that makes the sheets, of at most so many tiles."""
    root = build(tmp_path_factory.mktemp("sheets")).root
    paths = {row.name: root / "reconstructions" / row.name for row in ROWS}
    rows = {name: Reconstruction(path / "reconstruction.json") for name, path in paths.items()}
    values = pd.read_parquet(root / "decoding.parquet")
    store = PictureStore(root / "pictures")
    return lambda most=10_000: contact_sheets(rows, store, values, "identify_all.vae", most)


def colour(mosaic, place):
    """Mean colour of the tile at a CSS position."""
    picture = matplotlib.image.imread(
        io.BytesIO(base64.b64decode(mosaic.url.split(",")[1])), format="jpeg"
    )
    x, y = (float(share) / 100 for share in re.findall(r"[\d.]+", place))
    line, column = round(y * (len(picture) // H - 1)), round(x * (picture.shape[1] // W - 1))
    return picture[line * H : (line + 1) * H, column * W : (column + 1) * W].mean((0, 1))


def test_every_test_clip_of_every_person_is_there_once(make):
    sheets = make()
    assert set(sheets.rows) == {row.name for row in ROWS} and not sheets.left_out
    for row in ROWS:
        shown = sheets.rows[row.name]
        assert [sheet.subject for sheet in shown] == GROUPS[row.group]
        for sheet in shown:
            assert len({tile.made for tile in sheet.tiles}) == len(sheet.tiles) == N
            assert len({tile.true for tile in sheet.tiles}) == N


def test_the_worst_clip_comes_first(make):
    scores = [float(tile.score) for tile in make().rows["sam-net_cs"][1].tiles]
    assert scores == sorted(scores) and scores[0] == 0.1


def test_true_and_reconstructed_tiles_show_the_same_clip(make):
    sheets = make()
    sheet = sheets.rows["sam-net_cs"][0]
    for i, tile in enumerate(reversed(sheet.tiles)):  # scores fall with the order of clips
        expected = pytest.approx(colours()[i], abs=6)
        assert colour(sheets.true, tile.true) == expected
        assert colour(sheet.made, tile.made) == expected


def test_too_many_tiles_leave_out_people_but_no_clip(make):
    sheets = make(most=len(ROWS) * N)
    assert sheets.left_out == {
        row.name: GROUPS["known"][1:] for row in ROWS if row.group == "known"
    }
    assert all(len(of) == 1 and len(of[0].tiles) == N for of in sheets.rows.values())


def test_large_pictures_are_averaged():
    picture = np.random.default_rng(0).integers(0, 256, (2, 289, 512, 3)).astype(np.uint8)
    small = _small(picture)
    assert small.shape == (2, 48, 85, 3)
    np.testing.assert_allclose(small[0, 0, 0], picture[0, :6, :6].mean((0, 1)), atol=0.6)
