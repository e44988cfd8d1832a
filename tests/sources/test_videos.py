"""Ids of videos, and what is said about odd ones."""

from pathlib import Path

from videeg_pipe.sources.videos import video_findings, video_ids
from videeg_pipe.stimuli.video import VideoInfo


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


def test_what_was_assumed_or_repaired_is_said_with_numbers():
    plain = VideoInfo(24, 64, 64, 48, 2.0, 2.0)
    late = VideoInfo(24, 64, 64, 48, 2.5, 2.5, first_s=0.5)
    counted = VideoInfo(24, 64, 64, 48, 2.0, 2.0, counted=True)
    two = VideoInfo(24, 64, 64, 48, 2.0, 2.0, n_streams=2)
    still = VideoInfo(0.2, 64, 64, 1, 5.0, 5.0)
    infos = dict(zip(map(Path, "abcde"), (plain, late, counted, two, still), strict=True))
    said = [(one.file, one.action, one.what) for one in video_findings(infos)]
    assert [place for place, *_ in said] == ["b", "c", "d", "e"]
    assert [action for _, action, _ in said] == ["assumed", "repaired", "assumed", "assumed"]
    for (*_, what), number in zip(said, ("0.500 s", "24 per", "2 picture", "5.000 s"), strict=True):
        assert number in what
