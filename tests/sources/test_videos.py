"""Ids of videos."""

from pathlib import Path

from videeg_pipe.sources.videos import video_ids


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
