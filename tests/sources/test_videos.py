"""Names of videos, and videos that are not whole."""

from pathlib import Path

import pytest

from tests.sources.builders import write_video
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.videos import video_ids
from videeg_pipe.stimuli.video import probe_video


def test_video_ids_are_safe_and_unique():
    paths = [
        Path(name)
        for name in ('a/Ünï "x".mp4', "b/Uni-x.mp4", "c/猫.mp4", "d/uni-x.mov", "..x.mp4")
    ]
    ids = video_ids(paths)
    assert ids == video_ids(reversed(paths))
    assert ids[paths[0]] == "Uni-x"
    assert ids[paths[2]] == "video"
    assert ids[paths[4]] == "x"
    assert len({name.lower() for name in ids.values()}) == len(paths)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("index-last.mp4", {}),
        ("index-first.mp4", {"movflags": "faststart"}),
        ("fragmented.mp4", {"movflags": "frag_keyframe+empty_moov"}),
        ("matroska.mkv", {}),
        ("interleaved.avi", {}),
    ],
)
def test_a_video_cut_in_the_middle_is_noticed(name, options, tmp_path):
    path = write_video(tmp_path / name, 96, options=options)
    info = probe_video(path)
    assert (info.n_frames, info.fps, info.width, info.height) == (96, 24.0, 48, 32)
    assert info.duration_s == pytest.approx(4, abs=2e-3)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match=r"decodes to its end.*copy or download"):
        probe_video(path)


def test_sound_may_outlast_the_pictures(tmp_path):
    info = probe_video(write_video(tmp_path / "sound.mp4", 24, sound_s=1.5))
    assert info.duration_s == pytest.approx(1.0)
    assert info.file_s == pytest.approx(1.5, abs=0.05)


def test_what_is_no_video_is_refused(tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(UserError, match=r"text\.mp4"):
        probe_video(tmp_path / "text.mp4")
