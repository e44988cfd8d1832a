"""The rendered videos, and the lists beside them."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.sources.phantom.conftest import SEED, small_phantom
from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, sha256_file
from videeg_pipe.sources.block_timing import block_s
from videeg_pipe.sources.concepts import CONCEPT_GROUPS
from videeg_pipe.sources.phantom.layout import index_at, shown_concepts, video_name
from videeg_pipe.sources.phantom.scenes import Identity
from videeg_pipe.sources.phantom.videos import Design, render_videos
from videeg_pipe.stimuli.video import frames, probe_video


def _luma(path) -> np.ndarray:
    """Decoded frames, (F, 64, 64), 0 to 1."""
    planes = [frame.to_ndarray(format="yuv420p")[:64] for _, frame in frames(path)]
    return (np.stack(planes).astype(float) - 16) / 219


def test_videos_have_the_length_of_the_layout(manifest, config):
    for entry in read_json(manifest)["videos"]:
        info = probe_video(manifest.parent / entry["file"])
        assert info.n_frames == round(block_s(config.layout) * config.layout.fps)
        assert (info.fps, info.width, info.height) == (24, 64, 64)
        assert sha256_file(manifest.parent / entry["file"]) == entry["sha256"]


def test_scene_changes_on_the_first_frame_of_each_clip(manifest, config):
    design = Design.read(manifest, 3)
    luma = _luma(manifest.parent / "Video" / video_name(3))
    change = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))  # change[f] is from frame f to f + 1
    onsets = np.array([index_at(clip.onset_s, 24) for clip in design.clips])
    beside = np.maximum(change[onsets - 2], change[onsets])
    assert (change[onsets - 1] > beside).mean() > 0.95  # on this frame, not on one beside it
    assert np.median(change[onsets - 1] / beside) > 3
    assert design.cut[onsets].all()


def test_the_design_agrees_with_the_decoded_pictures(manifest):
    design = Design.read(manifest, 1)
    luma = _luma(manifest.parent / "Video" / video_name(1))
    motion = np.abs(np.diff(luma, axis=0, prepend=luma[:1])).mean(axis=(1, 2))
    np.testing.assert_allclose(design.luminance, luma.mean(axis=(1, 2)), atol=0.01)
    np.testing.assert_allclose(design.contrast, luma.std(axis=(1, 2)), atol=0.02)
    assert np.corrcoef(design.motion, motion)[0, 1] > 0.99


def test_pictures_move_and_change_brightness_inside_clips(manifest):
    design = Design.read(manifest, 1)
    for clip in design.clips:
        first = index_at(clip.onset_s, 24)
        assert np.median(design.motion[first + 1 : first + 36]) > 0.002
        assert np.ptp(design.luminance[first : first + 36]) > 0.02
    assert not design.motion[1:24].any()  # the hint is still


def test_labels_follow_the_order_of_presentation(manifest, config):
    folder = manifest.parent / "Video" / "meta-info"
    labels = np.load(folder / "All_video_label.npy")
    emotions = np.load(folder / "All_video_emotion.npy")
    assert labels.shape == emotions.shape == (5, 12)
    assert labels.dtype == emotions.dtype == np.int64
    assert set(emotions.ravel().tolist()) == {-1, 0, 1}
    valence = dict(zip(labels.ravel().tolist(), emotions.ravel().tolist(), strict=True))
    for block in range(5):
        assert sorted(labels[block].tolist()) == shown_concepts(config.layout)
        assert [valence[concept] for concept in labels[block]] == emotions[block].tolist()
        for place, clip in enumerate(Design.read(manifest, block + 1).clips):
            position, number = divmod(place, 5)
            assert clip.onset_s == position * 8.5 + 1 + 1.5 * number
            assert clip.concept_id == labels[block, position]
            assert clip.valence == emotions[block, position]
    assert len({tuple(row) for row in labels.tolist()}) == 5  # another order in each block
    for name in (
        "color",
        "face_apperance",
        "human_apperance",
        "obj_number",
        "optical_flow_score",
    ):
        values = np.load(folder / f"All_video_{name}.npy")
        assert values.shape == (5, 60) and values.dtype == np.float64


def test_captions_have_one_line_per_clip(manifest):
    text = (manifest.parent / "Video" / "BLIP-caption" / "2nd_10min.txt").read_bytes().decode()
    assert text.count("\r\n") == 60 == text.count("\n")
    assert all(line.strip() for line in text.split("\r\n")[:60])


def test_participants_do_not_depend_on_their_number(manifest, tmp_path):
    four = pd.read_csv(manifest.parent / "participants.tsv", sep="\t")
    assert list(four.columns) == ["participant_id", "age", "sex", "hand"]
    assert four["participant_id"].tolist() == ["sub1", "sub2", "sub3", "sub4"]
    layout = BlockLayout(
        n_blocks=1, concepts_per_block=2, clips_per_concept=1, hint_s=0, clip_s=0.5
    )
    render_videos(
        small_phantom(layout=layout, n_subjects=2), seed=SEED, manifest=tmp_path / "videos.json"
    )
    two = pd.read_csv(tmp_path / "participants.tsv", sep="\t")
    pd.testing.assert_frame_equal(two, four.head(2))


@pytest.mark.parametrize(
    ("fps", "clip_s", "hint_s"), [(29.97, 0.7, 0.31), (25.0, 0.05, 0.0), (24.0, 0.5, 0.5)]
)
def test_any_timing_fills_the_block(tmp_path, fps, clip_s, hint_s):
    layout = BlockLayout(
        n_blocks=1, concepts_per_block=3, clips_per_concept=2, clip_s=clip_s, hint_s=hint_s, fps=fps
    )
    manifest = tmp_path / "videos.json"
    render_videos(small_phantom(layout=layout), seed=SEED, manifest=manifest)
    info = probe_video(tmp_path / "Video" / "1st_10min.mp4")
    assert info.n_frames == round(block_s(layout) * fps) == len(Design.read(manifest, 1).cut)
    assert info.fps == pytest.approx(fps, abs=1e-3)


def test_renders_are_byte_equal_and_depend_on_the_seed(tmp_path):
    layout = BlockLayout(
        n_blocks=2, concepts_per_block=3, clips_per_concept=2, hint_s=0.5, clip_s=0.5
    )
    config = small_phantom(layout=layout)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        render_videos(config, seed=seed, manifest=tmp_path / name / "videos.json")
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 2 * 3 + 7 + 2  # video, captions and design per block; lists; two tables
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    a, c = (read_json(tmp_path / name / "videos.json")["videos"] for name in "ac")
    assert all(one["sha256"] != other["sha256"] for one, other in zip(a, c, strict=True))


@pytest.mark.parametrize("n", [1, 9, 12, 40])
def test_concepts_spread_over_the_groups(n):
    concepts = shown_concepts(BlockLayout(concepts_per_block=n))
    assert len(set(concepts)) == n
    assert len({CONCEPT_GROUPS[concept] for concept in concepts}) == min(n, 9)


def test_no_two_concepts_look_alike():
    looks = {replace(Identity.of(concept), hue=0.0) for concept in range(1, 41)}
    assert len(looks) == 40


def test_video_names_are_ordinal():
    names = [video_name(block) for block in (1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111)]
    assert [name.removesuffix("_10min.mp4") for name in names] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "103rd", "111th"]
    )


def test_changed_design_is_refused(manifest, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(manifest.parent, root)
    (root / "design" / "block1.npz").write_bytes(b"other")
    with pytest.raises(UserError, match=r"block1\.npz.*--forcerun .*videos\.json"):
        Design.read(root / "videos.json", 1)
    (root / "design" / "block1.npz").unlink()
    with pytest.raises(UserError, match=r"block1\.npz.*--forcerun .*videos\.json"):
        Design.read(root / "videos.json", 1)
