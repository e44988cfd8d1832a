"""Tables of two people whose blocks are there."""

import shutil

import numpy as np
import pytest

from tests.sources.builders import run_acquire
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.moabb.datasets import DATASETS
from videeg_pipe.stimuli.video import probe_video

SUBJECTS = ["sub-01", "sub-10"]


def config(**changes):
    source = {"kind": "moabb", "path": "data", "dataset": "Kalunga2016", "subjects": SUBJECTS}
    return {"source": source | changes}


@pytest.fixture(scope="module")
def made(two_people, tmp_path_factory):
    return run_acquire(config(), tmp_path_factory.mktemp("tables"), str(two_people))


def test_a_block_is_a_recording(made):
    recordings = made["recordings"]
    assert recordings["subject"].value_counts().to_dict() == {"sub-01": 8, "sub-10": 12}
    assert recordings["recording_id"].iloc[0] == "sub-01_block-01"
    assert (recordings["sfreq"] == 64).all() and (recordings["n_channels"] == 4).all()
    assert set(recordings["session"]) == {1}
    assert recordings["truth_path"].isna().all()


def test_a_trial_is_a_clip(made):
    clips = made["clips"]
    assert len(clips) == 20 * 8 and clips["clip_id"].is_unique
    assert (clips["duration_s"] == 5).all()
    rest = clips["video_id"] == "rest"
    assert (clips["phase_known"] == rest).all()  # unknown for every lamp
    assert (clips.loc[rest, "video_start_s"] == 0).all()
    assert clips.loc[~rest, "video_start_s"].nunique() > 100
    ends = clips["video_start_s"] + clips["duration_s"]
    assert (
        ends <= made["videos"].set_index("video_id")["duration_s"][clips["video_id"]].to_numpy()
    ).all()


def test_concepts_are_numbered_by_frequency(made):
    named = made["clips"][["concept_id", "concept", "video_id"]].drop_duplicates()
    assert named.sort_values("concept_id").to_numpy().tolist() == [
        [0, "flicker at 13 Hz", "flicker-13hz"],
        [1, "flicker at 17 Hz", "flicker-17hz"],
        [2, "flicker at 21 Hz", "flicker-21hz"],
        [3, "rest", "rest"],
    ]


def test_people_share_the_videos_of_equal_programs(made, two_people):
    videos = made["videos"]
    assert sorted(videos["video_id"]) == ["flicker-13hz", "flicker-17hz", "flicker-21hz", "rest"]
    assert (videos["licence"] == "MIT").all()  # the project's: it draws the pictures
    assert videos["redistributable"].all()
    assert (videos["fps"] == 240).all()
    for name in videos["video_id"]:
        own, other = (two_people / "moabb" / who / "stimuli" / f"{name}.json" for who in SUBJECTS)
        assert own.read_bytes() == other.read_bytes()
        assert probe_video(own).duration_s == videos.set_index("video_id")["duration_s"][name]


def test_findings_state_what_was_assumed_and_repaired(made):
    found = made["findings"]
    assert found["what"][found["action"] == "assumed"].tolist() == list(
        DATASETS["Kalunga2016"].unknown
    )
    repaired = found["what"][found["action"] == "repaired"].tolist()
    assert repaired == ["Electrode positions are in millimetres, although the file says metres."]


def test_one_person_can_be_chosen(two_people, tmp_path):
    made = run_acquire(config(subjects=["sub-10"]), tmp_path, str(two_people))
    assert set(made["recordings"]["subject"]) == {"sub-10"}
    assert made["participants"]["subject"].tolist() == ["sub-10"]


def test_facts_about_people_come_from_a_file_beside_the_data(two_people, tmp_path):
    text = "participant_id\tage\tsex\nsub-01\t24\tF\nsub-10\t28\tM\n"
    (tmp_path / "participants.tsv").write_text(text, encoding="utf-8")
    people = run_acquire(config(path=str(tmp_path)), tmp_path, str(two_people))["participants"]
    np.testing.assert_array_equal(people["age"], [24, 28])


@pytest.mark.parametrize("name", ["person.json", "block-03_raw.fif", "stimuli/rest.json"])
def test_a_missing_file_is_named(two_people, tmp_path, name):
    shutil.copytree(two_people / "moabb", tmp_path / "moabb")
    for subject in SUBJECTS:
        (tmp_path / "moabb" / subject / name).unlink()
    with pytest.raises(UserError, match=rf"{name}; .*no such file"):
        run_acquire(config(), tmp_path, str(tmp_path))


@pytest.mark.parametrize("name", ["block-12_raw.fif", "stimuli/rest.json"])
def test_a_damaged_file_is_refused(two_people, tmp_path, name):
    shutil.copytree(two_people / "moabb", tmp_path / "moabb")
    path = tmp_path / "moabb" / "sub-10" / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=rf"{name}; .*damaged.*--forcerun .*person\.json"):
        run_acquire(config(), tmp_path, str(tmp_path))
