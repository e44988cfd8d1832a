"""Pictures at some times, and strips of them."""

import io

import numpy as np
import PIL.Image
import pytest

from tests.drawn import numbered, read_number, write_video
from videeg_pipe.explore.pictures import PIXELS, pictures_of, strip
from videeg_pipe.stimuli.video import frames_at


@pytest.fixture(scope="module", params=["film.mp4", "film.mkv", "film.avi"])
def film(request, tmp_path_factory):
    """10 s of numbered frames, with a key frame per second."""
    path = tmp_path_factory.mktemp("film") / request.param
    return write_video(path, map(numbered, range(240)))


@pytest.mark.parametrize("times", [(0.0, 0.5), (3.02, 3.5, 4.0), (9.9, 9.99), (50.0,)])
def test_pictures_from_a_key_frame_are_those_from_the_start(film, times):
    times_s = np.array(times)
    found = pictures_of(film, times_s)
    expected = [picture for _, picture in frames_at(film, times_s, PIXELS)]
    assert len(found) == len(times)
    np.testing.assert_array_equal(found, expected)
    frames = [min(int(time * 24 + 1e-3), 239) for time in times]
    assert [read_number(picture) for picture in found] == frames


def test_a_program_is_drawn(tmp_path):
    path = tmp_path / "dark.json"
    path.write_text('{"kind": "blank", "frame_rate": 24, "duration_s": 1, "background": 1}')
    (picture,) = pictures_of(path, np.array([0.5]))
    assert picture.shape == (PIXELS, PIXELS, 3) and picture.min() > 200


@pytest.mark.parametrize(("aspect", "width"), [(1.0, 160), (16 / 9, 284), (100.0, 400)])
def test_a_strip_has_its_pictures_side_by_side(aspect, width):
    pictures = [np.full((9, 9, 3), level, np.uint8) for level in (20, 120, 220)]
    shown = np.asarray(PIL.Image.open(io.BytesIO(strip(pictures, aspect))))
    assert shown.shape == (PIXELS, 3 * width, 3)
    means = [shown[:, width * i + 9 : width * (i + 1) - 9].mean() for i in range(3)]
    np.testing.assert_allclose(means, (20, 120, 220), atol=3)
