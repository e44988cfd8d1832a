"""Clips lie where they were shown, in runs, and no video is in two splits."""

import pandas as pd
import pytest

from tests.builders import SFREQ, build_results
from videeg_pipe.config.split import SplitOptions
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table, write_table
from videeg_pipe.preprocess.clips import cut_clips
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, write_json

SPLIT = SplitOptions(validation=[2], test=[3])


@pytest.fixture
def root(tmp_path):
    """Two people, three blocks of four concepts with two clips of 2 s each."""
    return build_results(tmp_path)


def cut(root, clip_s=2.0, split=SPLIT) -> pd.DataFrame:
    cut_clips(
        recordings=root / "manifest/recordings.parquet",
        clips=root / "manifest/clips.parquet",
        index=root / "eeg/index.json",
        clip_s=clip_s,
        split=split,
        out=root / "clips_cut.parquet",
    )
    return read_table(root / "clips_cut.parquet", "clips_cut")


def test_each_clip_lies_where_it_was_shown(root):
    clips = cut(root)
    shown = read_table(root / "manifest/clips.parquet", "clips").set_index("clip_id")
    assert len(clips) == len(shown) == 2 * 3 * 8
    onset_s = shown.loc[clips["clip_id"], "onset_s"].to_numpy()
    assert (clips["start_sample"] == (onset_s * SFREQ).round()).all()
    assert set(clips["n_samples"]) == {400}
    eeg = EegStore(root / "eeg").windows(clips)
    assert eeg.shape == (48, 62, 400)


def test_clips_are_in_the_order_of_presentation(root):
    """As texts, block 10 would come before block 2."""
    for name in ("recordings", "clips"):
        path = root / f"manifest/{name}.parquet"
        table = read_table(path, name)
        table["recording_id"] = table["recording_id"].str.replace(r"b(\d+)$", r"b1\1", regex=True)
        first = table["recording_id"].str.endswith("b11")
        table.loc[first, "recording_id"] = table["recording_id"][first].str.replace("b11", "b9")
        write_table(path, name, table)
    index = read_json(root / "eeg/index.json")
    for entry in index["recordings"]:
        number = int(entry["recording_id"][-1])
        entry["recording_id"] = entry["recording_id"][:-1] + {1: "9", 2: "12", 3: "13"}[number]
    write_json(root / "eeg/index.json", index)
    clips = cut(root)
    for _, own in clips.groupby("subject"):
        assert own["block"].is_monotonic_increasing
        assert own["recording_id"].str.extract(r"b(\d+)$")[0].drop_duplicates().tolist() == [
            "9",
            "12",
            "13",
        ]


def test_runs_are_shared_by_people_and_positions_count_from_one(root):
    clips = cut(root)
    assert clips["run_id"].nunique() == 3 * 4
    assert clips["stimulus_id"].nunique() == 3 * 8
    for _, run in clips.groupby(["subject", "run_id"]):
        assert run["position"].tolist() == [1, 2]
        assert run["concept"].nunique() == 1
        assert run["stimulus_id"].iloc[0] == run["run_id"].iloc[0]
    assert (clips.groupby("run_id")["subject"].nunique() == 2).all()


def test_a_pause_between_clips_of_one_concept_ends_the_run(root):
    table = read_table(root / "manifest/clips.parquet", "clips")
    second = table["clip_id"].str.endswith("c001")
    table.loc[second, "onset_s"] += 2.5  # into the hint of the next concept
    write_table(root / "manifest/clips.parquet", "clips", table)
    clips = cut(root)
    moved = clips[clips["clip_id"].str.endswith("c001")]
    assert (moved["position"] == 1).all() and (moved["run_id"] == moved["stimulus_id"]).all()
    assert clips["run_id"].nunique() == 3 * 5


def test_splits_are_those_of_the_blocks(root):
    clips = cut(root)
    assert dict(clips.groupby("block")["split"].first()) == {1: "train", 2: "validation", 3: "test"}
    assert (clips.groupby("block")["split"].nunique() == 1).all()


def test_a_split_that_shares_videos_is_refused(root):
    people = SplitOptions(by="subject", validation=[], test=["sub2"])
    with pytest.raises(UserError, match=r"clip video1-c000 .* found test, train; hold out whole"):
        cut(root, split=people)
    assert not (root / "clips_cut.parquet").exists()


def test_longer_clips_are_cut_and_shorter_ones_refused(root):
    assert set(cut(root, clip_s=0.5)["n_samples"]) == {100}
    with pytest.raises(UserError, match=r"pictures\.clip_s.*longest clip, 2 s.*found 3 s"):
        cut(root, clip_s=3.0)


def test_a_bad_segment_drops_its_clip_and_leaves_the_rest_of_the_run(root):
    index = read_json(root / "eeg/index.json")
    index["recordings"][0]["segments"] = [{"onset_s": 3.1, "duration_s": 0.2, "reason": "BAD"}]
    write_json(root / "eeg/index.json", index)
    clips = cut(root)
    left = clips[clips["recording_id"] == "sub1-s1-b1"]
    assert len(left) == 7 and left["clip_id"].iloc[0] == "sub1-s1-b1-c001"
    assert left["position"].iloc[0] == 2  # as for the other people
