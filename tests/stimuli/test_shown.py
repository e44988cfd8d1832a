"""Frames as a player shows them: which way up, and in which colours."""

from fractions import Fraction

import av
import numpy as np
import pytest

from tests.drawn import write_video
from tests.stimuli.odd_videos import turn, write_flat
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.stimuli.track import StimulusTrack
from videeg_pipe.stimuli.video import decoded, frames, frames_at, pictures_at, probe_video

CORNERS = np.array([[1, 2], [3, 4]])
"""Numbers of the quarters of a picture, as brightness."""

MATRICES = {  # a, b, c, d of x' = a x + c y, y' = b x + d y; then the quarters that are shown
    "upright": ((1, 0, 0, 1), [[1, 2], [3, 4]]),
    "90 degrees clockwise": ((0, 1, -1, 0), [[3, 1], [4, 2]]),
    "180 degrees": ((-1, 0, 0, -1), [[4, 3], [2, 1]]),
    "90 degrees counter-clockwise": ((0, -1, 1, 0), [[2, 4], [1, 3]]),
    "mirrored, as a selfie": ((-1, 0, 0, 1), [[2, 1], [4, 3]]),
    "upside down and mirrored": ((1, 0, 0, -1), [[3, 4], [1, 2]]),
    "transposed": ((0, 1, 1, 0), [[1, 3], [2, 4]]),
    "transposed the other way": ((0, -1, -1, 0), [[4, 2], [3, 1]]),
}


def quarters(picture):
    half = len(picture) // 2
    means = [[picture[y : y + half, x : x + half].mean() for x in (0, half)] for y in (0, half)]
    return np.rint(np.array(means) / 50).tolist()


def corners(path, height=48, width=96):
    levels = np.kron(CORNERS * 50, np.ones((height // 2, width // 2)))
    picture = np.repeat(levels[..., None], 3, axis=2).astype(np.uint8)
    return write_video(path, [picture] * 3)


@pytest.mark.parametrize(("matrix", "shown"), MATRICES.values(), ids=MATRICES)
def test_a_turned_or_mirrored_video_is_shown_upright(matrix, shown, tmp_path):
    path = turn(corners(tmp_path / "phone.mp4"), *matrix)
    (_, picture), *_ = frames_at(path, np.array([0.0]), 64)
    assert quarters(picture) == shown
    info = probe_video(path)
    upright = matrix[0] != 0
    assert (info.width, info.height) == ((96, 48) if upright else (48, 96))


def test_frames_decoded_elsewhere_are_turned_too(tmp_path):
    path = turn(corners(tmp_path / "phone.mp4"), 0, 1, -1, 0)
    shown, _ = decoded(list(frames(path)))
    (_, picture), *_ = pictures_at(shown, np.array([0.0]), 64)
    assert quarters(picture) == [[3, 1], [4, 2]]


def test_another_angle_is_refused(tmp_path):
    path = turn(corners(tmp_path / "slanted.mp4"), 1, 1, -1, 1)
    for read in (probe_video, lambda path: list(frames(path))):
        with pytest.raises(UserError, match=r"slanted\.mp4.*a turn by 45 degrees.*ffmpeg -i"):
            read(path)


def colours(path):
    """Mean RGB of the upper and of the lower half, and luminance."""
    shown = [next(frames(path))]
    track = StimulusTrack()
    (_, picture), *_ = pictures_at(track.watch(iter(shown)), np.array([0.0]), 64)
    luminance = track.arrays()[0][0, 0]
    return picture[:28].mean((0, 1)), picture[36:].mean((0, 1)), luminance


@pytest.mark.slow  # the conversion table takes seconds
@pytest.mark.parametrize(
    ("transfer", "white"),
    [("smpte2084", 64 + round(0.58 * 876)), ("arib-std-b67", 64 + round(0.75 * 876))],
)
def test_white_of_hdr_is_white(transfer, white, tmp_path):
    path = write_flat(
        tmp_path / "hdr.mp4", (white, 64), (512, 512), (128, 128),
        colorprim="bt2020", transfer=transfer, colormatrix="bt2020nc",
    )  # fmt: skip
    upper, lower, luminance = colours(path)
    assert upper == pytest.approx([254] * 3, abs=4)
    assert lower == pytest.approx([0] * 3, abs=2)
    assert luminance == pytest.approx(0.5, abs=0.02)


RED_BT709, RED_BT601 = (4 * 63, (4 * 102, 4 * 240)), (4 * 81, (4 * 90, 4 * 240))


@pytest.mark.parametrize(
    ("red", "size", "tags"),
    [
        (RED_BT709, (64, 608), {}),
        (RED_BT601, (128, 128), {}),
        (RED_BT709, (128, 128), {"colormatrix": "bt709"}),
        (RED_BT601, (64, 608), {"colormatrix": "smpte170m"}),
    ],
    ids=["untagged HD", "untagged SD", "tagged SD", "tagged HD"],
)
def test_untagged_colours_are_those_that_a_player_takes(red, size, tags, tmp_path):
    luma, chroma = red
    upper, *_ = colours(write_flat(tmp_path / "red.mp4", (luma, luma), chroma, size, **tags))
    assert upper == pytest.approx([254, 0, 0], abs=3)


@pytest.mark.parametrize("turned", [False, True])
def test_a_video_is_as_wide_as_it_is_shown(turned, tmp_path):
    path = tmp_path / "anamorphic.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 72, 58, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        for _ in range(2):
            frame = av.VideoFrame.from_ndarray(np.zeros((58, 72), np.uint8), format="gray8")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if turned:
        turn(path, 0, 1, -1, 0)
    info = probe_video(path)
    assert (info.width, info.height) == ((58, 96) if turned else (96, 58))
    (_, picture), *_ = frames_at(path, np.array([0.0]), (32, 24))
    assert picture.shape == (24, 32, 3)
