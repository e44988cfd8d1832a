"""Videos are embedded once, at the right frames, and again only when something changed."""

import logging
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tests.drawn import numbered, read_number, write_video
from tests.real_data import real_bids
from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.contracts.tables import write_table
from videeg_pipe.embed.clip_model import prepare_clip
from videeg_pipe.embed.videos import embed_videos
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, sha256_file
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.video import frames_at, probe_video

DECLARED = ("dtype", "batch_size", "frame_rate", "frame_size")
DECLARED += ("grid_s", "align_window_s", "align_overlap")


def options(**changes):
    """Options that the rule declares, and no others."""
    values = EmbedOptions(**changes).model_dump(mode="json")
    return section(EmbedOptions, {name: values[name] for name in DECLARED})


def scenes(seed, n_frames, size=(96, 128)):
    """Tiles that drift, with another palette every second of 24 frames."""
    rng = np.random.default_rng(seed)
    tiles = rng.integers(0, 256, (1 + n_frames // 24, size[0] // 16, size[1] // 16, 3))
    for frame in range(n_frames):
        picture = tiles[frame // 24].astype(np.uint8).repeat(16, 0).repeat(16, 1)
        yield np.roll(picture, 2 * frame, axis=1)


def table_of(path, *videos):
    rows = []
    for video in videos:
        info = probe_video(video)
        rows.append(
            {
                "video_id": video.stem,
                "path": str(video),
                "fps": info.fps,
                "width": info.width,
                "height": info.height,
                "duration_s": info.duration_s,
                "sha256": sha256_file(video),
                "licence": "CC0-1.0",
                "redistributable": True,
            }
        )
    write_table(path, "videos", pd.DataFrame(rows))
    return path


@pytest.fixture
def stage(tmp_path, untrained, monkeypatch):
    """Two short videos, and a function that embeds them and counts the pictures embedded."""
    folder = tmp_path / "Vidéos d'été"
    write_video(folder / "a.mp4", scenes(1, 72))
    write_video(folder / "b.mp4", scenes(2, 75), fps=30)
    videos = table_of(tmp_path / "videos.parquet", folder / "a.mp4", folder / "b.mp4")
    manifest = tmp_path / "video" / "videos.json"
    seen = []
    whole = ClipEncoder.images
    monkeypatch.setattr(
        ClipEncoder,
        "images",
        lambda self, pictures, size: whole(self, (seen.append(p) or p for p in pictures), size),
    )

    def run(clip=untrained, **changes):
        before = len(seen)
        embed_videos(videos=videos, clip_model=clip, config=options(**changes), manifest=manifest)
        return len(seen) - before

    return SimpleNamespace(run=run, folder=folder, videos=videos, out=manifest.parent, seen=seen)


def test_each_video_is_embedded_once_at_two_frames_per_second(stage, untrained):
    assert stage.run(dtype="float32") == 6 + 5
    listed = read_json(stage.out / "videos.json")
    assert listed["clip"]["model"] == "untrained"
    assert listed["clip"]["trained"] is False
    assert list(listed["videos"]) == ["a", "b"]
    for video_id, n_frames, fps in (("a", 72, 24), ("b", 75, 30)):
        entry = listed["videos"][video_id]
        assert entry["sha256"] == sha256_file(stage.out / entry["file"])
        features = VideoFeatures.read(stage.out / entry["file"])
        assert features.track.shape == (4, n_frames)
        np.testing.assert_allclose(features.track_s, np.arange(n_frames) / fps, atol=1e-3)
        np.testing.assert_allclose(features.grid_s, np.arange(len(features.clip)) * 0.5)
        # frames at 2 Hz lie on the 0.5 s grid, so alignment leaves them as they are
        shown = frames_at(stage.folder / f"{video_id}.mp4", features.grid_s, 256)
        expected = ClipEncoder(untrained).images([picture for _, picture in shown], 8)
        np.testing.assert_allclose(features.clip, expected, atol=5e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("fps", "expected"), [(24, [0, 12, 24, 36, 48]), (30, [0, 15, 30, 45]), (50, [0, 25, 50])]
)
def test_clip_gets_the_frames_on_screen(stage, fps, expected):
    path = write_video(stage.folder / "a.mp4", map(numbered, range(60)), fps=fps)
    table_of(stage.videos, path)
    stage.run()
    assert [read_number(picture) for picture in stage.seen] == expected
    assert all(picture.shape == (256, 256, 3) for picture in stage.seen)


def test_an_uneven_rate_is_read_by_presentation_time(stage):
    times_ms = np.r_[np.arange(20) * 10, 300 + np.arange(20) * 100]  # 100, then 10 per second
    path = write_video(stage.folder / "a.mp4", map(numbered, range(40)), times_ms=times_ms)
    table_of(stage.videos, path)
    stage.run()
    wanted_ms = np.arange(len(stage.seen)) * 500
    expected = np.searchsorted(times_ms, wanted_ms, side="right") - 1
    assert [read_number(picture) for picture in stage.seen] == expected.tolist()
    assert len(stage.seen) == 5
    features = VideoFeatures.read(stage.out / "a.npz")
    np.testing.assert_allclose(features.track_s * 1000, times_ms, atol=1)


def test_a_second_run_embeds_nothing_and_changes_nothing(stage):
    stage.run()
    before = {path.name: path.read_bytes() for path in stage.out.iterdir()}
    (stage.out / "videos.json").unlink()  # as Snakemake does before it runs a rule again
    assert stage.run() == 0
    assert {path.name: path.read_bytes() for path in stage.out.iterdir()} == before


def test_an_interrupted_run_continues_with_the_missing_videos(stage):
    whole = stage.folder / "b.mp4"
    content = whole.read_bytes()
    whole.unlink()
    with pytest.raises(UserError, match=r"b\.mp4; expected a file"):
        stage.run()
    assert sorted(path.name for path in stage.out.iterdir()) == ["a.made.json", "a.npz"]
    whole.write_bytes(content)
    assert stage.run() == 5


def test_a_copy_of_a_video_shares_its_features(stage):
    copy = (stage.folder / "a.mp4").rename(stage.folder / "c.mp4")
    (stage.folder / "a.mp4").hardlink_to(copy)
    table_of(stage.videos, stage.folder / "a.mp4", stage.folder / "b.mp4", copy)
    assert stage.run() == 6 + 5
    assert sha256_file(stage.out / "a.npz") == sha256_file(stage.out / "c.npz")


def test_damaged_features_are_made_again(stage):
    stage.run()
    good = (stage.out / "a.npz").read_bytes()
    (stage.out / "a.npz").write_bytes(good[:-50])
    assert stage.run() == 6
    assert (stage.out / "a.npz").read_bytes() == good
    (stage.out / "b.made.json").unlink()
    assert stage.run() == 5


def test_a_changed_video_makes_only_its_own_features_again(stage):
    stage.run()
    write_video(stage.folder / "a.mp4", scenes(5, 72))  # as long as before
    table_of(stage.videos, stage.folder / "a.mp4", stage.folder / "b.mp4")
    assert stage.run() == 6


@pytest.mark.parametrize(
    "changes",
    [{"frame_rate": 1.0}, {"frame_size": 300}, {"grid_s": 0.25}, {"align_window_s": 2.0}],
)
def test_a_changed_option_makes_all_features_again(stage, changes):
    stage.run()
    assert stage.run(**changes) in (6 + 5, 3 + 3)
    assert stage.run(**changes) == 0


def test_another_clip_makes_all_features_again(stage, tmp_path):
    stage.run()
    prepare_clip(EmbedOptions(), seed=7, manifest=tmp_path / "other" / "model.json")
    assert stage.run(clip=tmp_path / "other" / "model.json") == 11


def test_new_code_makes_all_features_again(stage, monkeypatch):
    stage.run()
    monkeypatch.setattr("videeg_pipe.embed.videos.sha256_code", lambda module: "new")
    assert stage.run() == 11


def test_the_size_of_a_batch_does_not_matter(stage):
    stage.run(dtype="float32", batch_size=4)
    first = VideoFeatures.read(stage.out / "a.npz")
    for note in stage.out.glob("*.made.json"):
        note.unlink()
    assert stage.run(dtype="float32", batch_size=1) == 11
    np.testing.assert_allclose(VideoFeatures.read(stage.out / "a.npz").clip, first.clip, atol=2e-3)


def test_the_grid_may_be_finer_or_coarser_than_the_frames(stage):
    stage.run(dtype="float32", frame_rate=1.0, grid_s=0.25)
    features = VideoFeatures.read(stage.out / "a.npz")
    assert features.grid_s.tolist() == [0.25 * k for k in range(12)]
    middle = (features.clip[0] + features.clip[4]) / 2
    np.testing.assert_allclose(features.clip[2], middle, atol=5e-3)


def test_a_video_of_another_length_than_in_the_table_is_refused(stage):
    table = pd.read_parquet(stage.videos)
    write_table(stage.videos, "videos", table.assign(duration_s=table["duration_s"] + 1))
    words = r"a\.mp4; expected 4\.000 s of pictures; found 3\.000 s.*download the file again$"
    with pytest.raises(UserError, match=words):
        stage.run()
    assert not list(stage.out.glob("*"))


def test_a_video_may_be_called_videos(stage):
    path = (stage.folder / "a.mp4").rename(stage.folder / "videos.mp4")
    table_of(stage.videos, path)
    assert stage.run() == 6
    assert list(read_json(stage.out / "videos.json")["videos"]) == ["videos"]
    assert stage.run() == 0


def test_progress_is_in_the_log(stage, caplog):
    with caplog.at_level(logging.INFO):
        stage.run()
        stage.run()
    assert "embed a: 72/72 done" in caplog.text
    assert "b.npz: kept" in caplog.text


def test_a_clip_at_the_end_has_features_for_all_its_windows(stage):
    stage.run()
    features = VideoFeatures.read(stage.out / "a.npz")
    late = features.clip_at(np.array([2.5, 2.9, 3.0]))
    np.testing.assert_array_equal(late[0], late[2])  # the last picture stays on screen


def test_real_videos_of_24_and_30_fps(tmp_path, untrained):
    paths = [real_bids() / "stimuli" / name for name in ("flower.mp4", "friday.mp4")]
    videos = table_of(tmp_path / "videos.parquet", *paths)
    manifest = tmp_path / "video" / "videos.json"
    embed_videos(videos=videos, clip_model=untrained, config=options(), manifest=manifest)
    means = []
    for path, n_grid, n_frames in zip(paths, (11, 13), (150, 185), strict=True):
        features = VideoFeatures.read(manifest.parent / f"{path.stem}.npz")
        assert features.clip.shape == (n_grid, 768)
        assert features.track.shape == (4, n_frames)
        assert np.isfinite(features.clip).all()
        assert np.isfinite(features.track).all()
        unit = features.clip / np.linalg.norm(features.clip, axis=1, keepdims=True)
        means.append(unit.mean(axis=0))
        assert (unit @ unit.T).mean() > 0.8  # one scene
    assert means[0] @ means[1] < 0.7  # two different ones
