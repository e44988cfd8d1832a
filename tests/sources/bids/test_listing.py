"""Subjects and files of a BIDS-EEG data set."""

import pytest

from tests.sources.builders import build_bids
from videeg_pipe.config import load
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.listing import list_files, list_side_files, list_subjects


def test_recordings_side_files_and_stimuli_are_listed(tmp_path):
    values = build_bids(tmp_path)
    (tmp_path / "sub-03" / "anat").mkdir(parents=True)
    config = load(values)
    assert list_subjects(config) == ["sub-01", "sub-02"]
    files = list_files(config, "results")
    for name in (
        *("participants.tsv", "stimuli/more/other.mp4", "dataset_description.json"),
        *(f"sub-02/eeg/sub-02_task-video_run-1_{n}" for n in ("eeg.edf", "events.tsv")),
        *(f"sub-02/eeg/sub-02_space-CapTrak_{n}" for n in ("electrodes.tsv", "coordsystem.json")),
    ):
        assert str(tmp_path / name) in files
    beside = {path.rsplit("_", 1)[1] for path in list_side_files(config)}
    assert beside == {*("channels.tsv", "electrodes.tsv", "coordsystem.json", "events.tsv")}


def test_the_error_for_an_unknown_task_names_the_most_similar(tmp_path):
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
def test_a_folder_without_bids_data_is_refused(name, message, tmp_path):
    config = load({"source": {"kind": "bids", "path": str(tmp_path / name)}})
    with pytest.raises(UserError, match=message):
        list_subjects(config)
