"""What the Snakefile is told of a source."""

import json
import subprocess
import sys

import pytest

from tests.sources.builders import build_bids, build_seed_dv
from videeg_pipe.config import ConfigError, load
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.listing import list_files, list_subjects


def test_the_listing_imports_nothing_heavy():
    code = "import sys, json, videeg_pipe.sources.listing; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert not {"mne", "torch", "pandas", "scipy", "av"} & set(json.loads(done.stdout))


def test_the_phantom():
    config = load({"phantom": {"n_subjects": 11}, "source": {"subjects": ["sub11", "sub2"]}})
    assert list_subjects(config) == ["sub2", "sub11"]
    assert list_files(config) == []


def test_seed_dv(tmp_path):
    values = build_seed_dv(tmp_path)
    for name in ("sub10.npy", "sub3.npy.bak", "xsub4.npy", "sub5_copy.npy", ".sub6.npy.part"):
        (tmp_path / "EEG" / name).touch()
    config = load(values)
    assert list_subjects(config) == ["sub1", "sub2", "sub10"]
    files = list_files(config)
    for name in (
        *("EEG/sub1.npy", "EEG/sub1_session2.npy", "EEG/sub10.npy", "Video/2nd_10min.mp4"),
        *("Video/meta-info/All_video_label.npy", "Video/BLIP-caption/1st_10min.txt"),
    ):
        assert str(tmp_path / name) in files
    assert str(tmp_path / "participants.tsv") not in files  # it does not exist


def test_only_files_of_chosen_subjects_are_listed(tmp_path):
    values = build_seed_dv(tmp_path)
    values["source"]["subjects"] = ["sub2"]
    files = [path for path in list_files(load(values)) if "/EEG/" in path]
    assert files == [str(tmp_path / "EEG" / "sub2.npy")]


def test_links_add_subjects_and_files_that_are_not_there_yet(tmp_path):
    values = build_seed_dv(tmp_path / "data")
    links = {
        "EEG/sub3.npy": "https://example.org/3",
        "Video/3rd_10min.mp4": "https://example.org/v",
    }
    values["source"]["urls"] = links
    config = load(values)
    assert list_subjects(config) == ["sub1", "sub2", "sub3"]
    assert {f"{tmp_path}/data/{name}" for name in links} <= set(list_files(config))
    values["source"]["path"] = str(tmp_path / "nothing yet")
    assert list_subjects(load(values)) == ["sub3"]


@pytest.mark.parametrize(
    ("urls", "message"),
    [
        ({"../sub1.npy": "https://example.org"}, "inside the data set"),
        ({"/etc/sub1.npy": "https://example.org"}, "inside the data set"),
        ({"EEG/sub1.npy": "file:///etc/passwd"}, "http or https"),
    ],
)
def test_links_cannot_point_elsewhere(urls, message):
    with pytest.raises(ConfigError, match=message):
        load({"source": {"kind": "seed-dv", "path": "data", "urls": urls}})


def test_a_missing_folder_says_how_to_get_seed_dv(tmp_path):
    config = load({"source": {"kind": "seed-dv", "path": str(tmp_path / "no")}})
    with pytest.raises(UserError, match=r"licence form.*application to BCMI.*link comes by mail"):
        list_subjects(config)
    (tmp_path / "no" / "EEG").mkdir(parents=True)
    with pytest.raises(UserError, match=r"EEG files sub1\.npy.*none of that name.*seed_dv\.eeg"):
        list_subjects(config)


def test_two_files_of_one_session_are_refused(tmp_path):
    values = build_seed_dv(tmp_path)
    (tmp_path / "EEG" / "sub2_session1.npy").touch()
    with pytest.raises(UserError, match=r"session 1 of sub2.*sub2\.npy and sub2_session1\.npy"):
        list_subjects(load(values))


def test_an_unknown_subject_is_met_with_the_nearest(tmp_path):
    values = build_seed_dv(tmp_path)
    values["source"]["subjects"] = ["sub1", "sub22"]
    with pytest.raises(UserError, match=r"source\.subjects.*sub22 \(did you mean sub2\?\)"):
        list_subjects(load(values))


def test_bids(tmp_path):
    values = build_bids(tmp_path)
    (tmp_path / "sub-03" / "anat").mkdir(parents=True)
    config = load(values)
    assert list_subjects(config) == ["sub-01", "sub-02"]
    files = list_files(config)
    for name in (
        *("participants.tsv", "stimuli/more/other.mp4", "dataset_description.json"),
        *(f"sub-02/eeg/sub-02_task-video_run-1_{n}" for n in ("eeg.edf", "events.tsv")),
        *(f"sub-02/eeg/sub-02_space-CapTrak_{n}" for n in ("electrodes.tsv", "coordsystem.json")),
    ):
        assert str(tmp_path / name) in files


def test_an_unknown_task_is_met_with_the_nearest(tmp_path):
    values = build_bids(tmp_path)
    values["bids"] = {"task": "vidio"}
    with pytest.raises(UserError, match=r"bids\.task.*: video; found vidio \(did you mean video"):
        list_subjects(load(values))


def test_several_tasks_need_a_choice(tmp_path):
    values = build_bids(tmp_path)
    (tmp_path / "sub-01/eeg/sub-01_task-rest_eeg.edf").touch()
    with pytest.raises(UserError, match=r"bids\.task.*rest, video; found null"):
        list_subjects(load(values))
    values["bids"] = {"task": "rest"}
    assert list_subjects(load(values)) == ["sub-01"]


@pytest.mark.parametrize(("name", "message"), [("no", "no such folder"), (".", "found none")])
def test_no_bids_data_set(name, message, tmp_path):
    config = load({"source": {"kind": "bids", "path": str(tmp_path / name)}})
    with pytest.raises(UserError, match=message):
        list_subjects(config)
