"""Subjects and files of a BIDS-EEG data set."""

import pytest

from tests.sources.builders import build_bids
from videeg_pipe.config import load
from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.listing import (
    eeg_files,
    events_file,
    list_files,
    list_side_files,
    list_subjects,
    other_formats,
    side_files,
    unnamed_files,
    why_skipped,
)


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
    assert beside == {
        *("channels.tsv", "electrodes.tsv", "coordsystem.json", "events.tsv", "eeg.json"),
    }
    for ending in (".vhdr", ".vmrk", ".eeg", ".set", ".fdt"):
        (tmp_path / f"sub-02/eeg/sub-02_task-video_run-2_eeg{ending}").touch()
    headers = {path.rsplit(".", 1)[1] for path in list_side_files(config) if "run-2" in path}
    assert headers == {"vhdr", "vmrk", "set"}


def test_the_error_for_an_unknown_task_names_the_most_similar(tmp_path):
    values = build_bids(tmp_path)
    values["bids"] = {"task": "vidio"}
    with pytest.raises(UserError, match=r"bids\.task.*: video; found vidio \(did you mean video"):
        list_subjects(load(values))


def test_people_without_a_video_are_left_out_and_an_empty_rest_is_refused(tmp_path):
    values = build_bids(tmp_path)
    for name in ("sub-01", "sub-03"):
        (tmp_path / name / "eeg").mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "eeg" / f"{name}_task-rest_eeg.edf").touch()
    assert list_subjects(load(values)) == ["sub-01", "sub-02"]
    values["bids"] = {"task": "rest"}
    message = r"events that show a video.*none in 2 recordings; of 2.*task-rest.*no events file"
    with pytest.raises(UserError, match=message):
        list_subjects(load(values))
    assert str(tmp_path / "sub-03/eeg/sub-03_task-rest_eeg.edf") in list_files(load(values), "")


def names_of(values, **bids):
    """Names of all recordings that the options choose."""
    config = load(values | {"bids": bids})
    files = eeg_files(config.source, config.bids)
    return [path.name.removesuffix("_eeg.edf") for paths in files.values() for path in paths]


def test_tasks_sessions_and_runs_are_chosen_by_name(tmp_path):
    folder = tmp_path / "sub-01"
    for task in ("movie", "clips", "rest"):
        for session in ("01", "02"):
            for run in "12":
                name = f"sub-01_ses-{session}_task-{task}_run-{run}_eeg.edf"
                path = folder / f"ses-{session}" / "eeg" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
    values = {"source": {"kind": "bids", "path": str(tmp_path)}}
    assert len(names_of(values)) == 12
    chosen = names_of(values, task=["movie", "clips"], sessions=[2], runs=["1"])
    assert chosen == ["sub-01_ses-02_task-clips_run-1", "sub-01_ses-02_task-movie_run-1"]
    with pytest.raises(
        UserError, match=r"bids\.sessions; expected some of the sessions in .*01, 02"
    ):
        names_of(values, sessions=["03"])


def test_one_of_several_formats_is_used_and_odd_names_are_listed(tmp_path):
    folder = tmp_path / "sub-01" / "eeg"
    folder.mkdir(parents=True)
    names = [f"sub-01_task-video_eeg{end}" for end in (".edf", ".vhdr", ".eeg", ".vmrk", ".json")]
    odd = ["sub-1_task-video_eeg.edf", "sub-01_task-video.edf", "sub-01_task-video_eeg.fif"]
    for name in [*names, *odd, "sub-01_video_eeg.bdf"]:
        (folder / name).touch()
    config = load({"source": {"kind": "bids", "path": str(tmp_path)}})
    files = eeg_files(config.source, config.bids)
    assert [path.name for path in files["sub-01"]] == ["sub-01_task-video_eeg.vhdr"]
    assert [one.suffix for one in other_formats(files["sub-01"][0])] == [".vhdr", ".edf"]
    assert {path.name for path in unnamed_files(tmp_path)} == {*odd, "sub-01_video_eeg.bdf"}


def test_events_are_inherited_from_the_nearest_folder(tmp_path):
    path = tmp_path / "sub-01" / "ses-1" / "eeg" / "sub-01_ses-1_task-video_run-2_eeg.edf"
    path.parent.mkdir(parents=True)
    assert events_file(path) is None
    for name in ("sub-01/sub-01_task-video_run-1_events.tsv", "task-rest_events.tsv"):
        (tmp_path / name).touch()
    assert events_file(path) is None
    for name in (
        "task-video_events.tsv",
        "sub-01/sub-01_task-video_events.tsv",
        "sub-01/ses-1/eeg/sub-01_ses-1_task-video_run-2_events.tsv",
    ):
        (tmp_path / name).touch()
        assert events_file(path) == tmp_path / name


def test_files_that_macos_writes_beside_others_are_ignored(tmp_path):
    values = build_bids(tmp_path)
    config = load(values)
    before = list_files(config, "results")
    for path in before:  # the order of a folder is chance: try each file
        place = tmp_path / path
        (place.parent / f"._{place.name}").write_bytes(b"\0\5\26\7Mac OS X")
    (tmp_path / "stimuli" / ".thumbnails").mkdir()
    (tmp_path / "stimuli" / ".thumbnails" / "clip.mp4").touch()
    assert list_files(config, "results") == before
    assert unnamed_files(tmp_path) == []
    for paths in eeg_files(config.source, config.bids).values():
        for path in paths:
            assert not events_file(path).name.startswith(".")
            assert why_skipped(tmp_path, config.bids, path) is None


def events_of(folder, content):
    """Write the events of a recording; return its path."""
    path = folder / "sub-01" / "eeg" / "sub-01_task-video_eeg.edf"
    path.parent.mkdir(parents=True)
    (path.parent / "sub-01_task-video_events.tsv").write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("separator", "encoding"), [(";", "utf-8"), (",", "utf-8"), ("\t", "utf-16")]
)
def test_events_that_are_no_table_are_refused(separator, encoding, tmp_path):
    lines = ["onset,duration,stim_file", "1.0,2.0,clip.mp4", ""]
    text = "\n".join(lines).replace(",", separator)
    path = events_of(tmp_path, text.encode(encoding))
    with pytest.raises(UserError, match=r"events\.tsv; .*columns onset and duration; .*; save it"):
        why_skipped(tmp_path, BidsOptions(), path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'"onset"\t"duration"\t"stim_file"\n1\t2\t"a.mp4"\n', None),
        (b"onset\tduration\tstim_file\n1\t2\ta.mp4\t\n", None),
        (b"onset\ttrial_type\n1\tge\xf6ffnet\n", "no column stim_file"),  # Latin-1
        (b"", "no column stim_file"),
    ],
)
def test_events_tell_whether_a_recording_is_left_out(content, reason, tmp_path):
    found = why_skipped(tmp_path, BidsOptions(), events_of(tmp_path, content))
    assert reason in found if reason else found is None


@pytest.mark.parametrize(("name", "message"), [("no", "no such folder"), (".", "found none")])
def test_a_folder_without_bids_data_is_refused(name, message, tmp_path):
    config = load({"source": {"kind": "bids", "path": str(tmp_path / name)}})
    with pytest.raises(UserError, match=message):
        list_subjects(config)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sub-1_task-a_eeg.edf", ["sub-1_task-a_channels.tsv", "task-a_channels.tsv"]),
        ("anna.edf", ["anna_channels.tsv"]),
        ("anna_eeg.edf", ["anna_channels.tsv"]),
        ("bert.edf", []),
    ],
)
def test_side_files_are_those_of_the_recording(tmp_path, name, expected):
    names = ("anna", "bad", "sub-1_task-a", "sub-1_task-b", "sub-2", "task-a", "sub-1_my")
    for beside in names:
        (tmp_path / f"{beside}_channels.tsv").write_text("name\ttype\n")
    assert [one.name for one in side_files(tmp_path / name, "channels.tsv")] == expected
