"""BIDS-EEG: the five tables of a good data set, one clear line for each bad one."""

import json

import mne
import numpy as np
import pandas as pd
import pytest
from mne_bids import BIDSPath

from tests.real_data import real_bids
from tests.sources.builders import (
    build_bids,
    run_acquire,
    write_bids_run,
    write_events,
    write_video,
)
from tests.sources.eeg_files import write_brainvision
from tests.stimuli.odd_videos import turn, write_streams
from videeg_pipe.config import load
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_file
from videeg_pipe.sources.bids.listing import list_files, list_subjects

NAMES = mne.channels.make_standard_montage("colin27_1020").ch_names[:20]
EVENTS = {
    "onset": [1.0, 4.0],
    "duration": [2.0, 1.0],
    "trial_type": ["walk", "talk"],
    "stim_file": ["clip.mp4", "more/other.mp4"],
}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'it\'s "BIDS" für äöü'


def run(subject):
    """Path of a person's recording, to be completed with a root."""
    return BIDSPath(subject=subject, task="video", run="1", suffix="eeg", datatype="eeg")


def events(folder, **changes):
    """Write the events of sub-02 with other columns; None drops one."""
    columns = {key: value for key, value in (EVENTS | changes).items() if value is not None}
    return write_events(run("02").update(root=folder), **columns)


def test_tables_of_a_good_data_set(folder, tmp_path):
    made = run_acquire(build_bids(folder), tmp_path / "out")
    recordings = made["recordings"].set_index("recording_id")
    assert list(recordings.index) == ["sub-01_task-video_run-1", "sub-02_task-video_run-1"]
    second = recordings.loc["sub-02_task-video_run-1"]
    edf = folder / "sub-02/eeg/sub-02_task-video_run-1_eeg.edf"
    assert (second["path"], second["sha256"]) == (str(edf), sha256_file(edf))
    assert (second["sfreq"], second["n_samples"], second["n_channels"]) == (128.0, 1536, 20)
    assert second["scale_to_uv"] == 1e6
    clips = made["clips"][made["clips"]["recording_id"] == "sub-02_task-video_run-1"]
    assert list(clips["onset_s"]) == [1, 4, 6]  # the button press shows no video
    assert list(clips["duration_s"]) == [2, 1, 2]
    assert list(clips["concept"]) == ["walk", "talk", "walk"]
    assert list(clips["concept_id"]) == [2, 1, 2]  # by name, from 1
    assert list(clips["video_id"]) == ["clip", "other", "clip"]
    videos = made["videos"].set_index("video_id")
    assert videos.loc["other", "fps"] == 30
    assert videos.loc["other", "path"] == str(folder / "stimuli" / "more" / "other.mp4")
    assert set(videos["licence"]) == {"not stated"}  # CC0 is the licence of the recordings
    assert not videos["redistributable"].any()
    people = made["participants"].set_index("subject")
    assert people.loc["sub-01", "prompt"].startswith("EEG of an 81-year-old left-handed man")


def test_an_option_allows_frames_in_the_release(folder, tmp_path):
    values = build_bids(folder) | {"bids": {"redistributable_videos": True}}
    assert run_acquire(values, tmp_path / "out")["videos"]["redistributable"].all()


def test_emotion_and_caption_columns_are_read(folder, tmp_path):
    values = build_bids(folder)
    events(folder, emotion=["Positive", "n/a"], caption=["a walk", "n/a"])
    clips = run_acquire(values, tmp_path / "out")["clips"]
    clips = clips[clips["recording_id"].str.startswith("sub-02")]
    assert clips["emotion"].iloc[0] == "positive"
    assert clips["caption"].iloc[0] == "a walk"
    assert clips[["emotion", "caption"]].iloc[1].isna().all()
    assert clips["concept_group"].isna().all()


def test_without_a_duration_a_clip_is_as_long_as_its_video(folder, tmp_path):
    values = build_bids(folder)
    events(folder, duration=["n/a", "1.02"])
    clips = run_acquire(values, tmp_path / "out")["clips"]
    assert list(clips["duration_s"][-2:]) == pytest.approx([2.0, 1.0])


def test_a_clip_ends_with_its_last_picture_where_sound_is_longer(folder, tmp_path):
    values = build_bids(folder)
    write_video(folder / "stimuli" / "clip.mp4", 48, sound_s=2.4)
    for subject in ("01", "02"):
        write_events(run(subject).update(root=folder), **(EVENTS | {"duration": [2.4, 1.0]}))
    clips = run_acquire(values, tmp_path / "out")["clips"]
    assert list(clips["duration_s"]) == pytest.approx([2.0, 1.0] * 2)


def test_a_concept_without_a_name_gets_the_name_of_its_video(folder, tmp_path):
    values = build_bids(folder)
    events(folder, trial_type=["walk", "n/a"])
    concepts = run_acquire(values, tmp_path / "out")["clips"]["concept"]
    assert list(concepts[-2:]) == ["walk", "other"]


def test_sessions_and_runs_become_numbers(folder, tmp_path):
    values = build_bids(folder, subjects=())
    for seed, session in enumerate(("pre", "post")):
        for number in ("1", "2"):
            more = {"subject": "01", "session": session, "run": number}
            write_bids_run(folder, NAMES, seed=2 * seed + int(number), **more)
    recordings = run_acquire(values, tmp_path / "out")["recordings"]
    places = recordings.set_index("recording_id")[["session", "block"]].agg(list, axis=1)
    assert places["sub-01_ses-post_task-video_run-2"] == [1, 2]
    assert places["sub-01_ses-pre_task-video_run-1"] == [2, 1]


def test_recordings_that_share_a_run_number_are_numbered_in_order(folder, tmp_path):
    values = build_bids(folder, subjects=())
    for seed, name in enumerate("ab"):
        write_bids_run(folder, NAMES, seed=seed, subject="01", acquisition=name)
    made = run_acquire(values, tmp_path / "out")
    assert list(made["recordings"]["block"]) == [1, 2]
    assert "blocks follow the order of file names" in made["findings"]["what"].iloc[0]


def test_other_channels_than_eeg_do_not_count(folder, tmp_path):
    values = build_bids(folder)
    path = folder / "sub-02/eeg/sub-02_task-video_run-1_channels.tsv"
    channels = pd.read_csv(path, sep="\t", keep_default_na=False)
    channels.loc[[0, 1], "type"] = "EOG"
    channels.to_csv(path, sep="\t", index=False)
    recordings = run_acquire(values, tmp_path / "out")["recordings"]
    assert list(recordings["n_channels"]) == [20, 18]


def _table(name, change):
    def break_it(folder):
        path = folder / "sub-02" / "eeg" / f"sub-02_{name}.tsv"
        table = pd.read_csv(path, sep="\t", dtype=object, keep_default_na=False)
        change(table).to_csv(path, sep="\t", index=False)

    return break_it


def _remove(*names):
    def break_it(folder):
        for name in names:
            (folder / "sub-02" / "eeg" / f"sub-02_{name}").unlink()

    return break_it


def _events(**changes):
    return lambda folder: events(folder, **changes)


def _stim(name):
    return _events(stim_file=["clip.mp4", name])


def _no_position(table):
    table.loc[3, ["x", "y", "z"]] = "n/a"
    return table


def _few_channels(table):
    table.loc[3:, "type"] = "MISC"
    return table


def _escape(folder):
    write_video(folder.parent / "secret.mp4", 24)
    (folder / "stimuli" / "link.mp4").symlink_to(folder.parent / "secret.mp4")
    events(folder, stim_file=["clip.mp4", "link.mp4"])


def _cut(folder):
    path = folder / "stimuli" / "more" / "other.mp4"
    path.write_bytes(path.read_bytes()[:-2000])


RUN = "task-video_run-1"
OUTSIDE = r"run-1_events\.tsv; expected stim_file inside the data set.*lies outside"
BAD = {
    "no durations": (_events(duration=None), r"events\.tsv.*without duration; add it.*n/a"),
    "above": (_stim("../../x"), OUTSIDE),
    "absolute": (_stim("/etc/passwd"), OUTSIDE),
    "link": (_escape, OUTSIDE),
    "no such video": (_stim("third.mp4"), r"stimuli/third\.mp4.*no such file"),
    "cut video": (_cut, r"other\.mp4; expected a video that decodes to its end"),
    "duration": (_events(duration=[2.0, 1.5]), r"a duration of 1\.000 s.*other\.mp4; found 1\.5 s"),
    "no number": (_events(onset=[1.0, "soon"]), r"events\.tsv, row 2; expected onset.*found soon"),
    "no onset": (_events(onset=[1.0, "n/a"]), r"events\.tsv, row 2; expected onset.*found nan"),
    "before": (_events(onset=[-1.0, 4.0]), r"events\.tsv, row 1.*0 or more; found -1"),
    "after the end": (_events(onset=[1.0, 11.5]), r"events\.tsv.*within.*12\.00 s.*12\.50 s"),
    "emotion": (_events(emotion=["happy", "n/a"]), r"events\.tsv.*emotion.*found happy"),
    "no electrodes": (
        _remove("space-CapTrak_electrodes.tsv", "space-CapTrak_coordsystem.json"),
        r"run-1_eeg\.edf; expected a position of every EEG channel.*none of Fp1, Fpz",
    ),
    "one electrode": (_table("space-CapTrak_electrodes", _no_position), r"position.*none of AF9;"),
    "few channels": (_table(f"{RUN}_channels", _few_channels), r"at least 4 EEG.*found 3;"),
    "no EEG file": (
        lambda folder: (folder / "sub-02/eeg/sub-02_task-video_run-1_eeg.edf").write_bytes(b"x"),
        r"run-1_eeg\.edf; expected an EEG recording that MNE reads",
    ),
}


SKIPPED = {
    "no events": (_remove(f"{RUN}_events.tsv"), "It has no events file, *_events.tsv."),
    "no stim_file": (
        _events(stim_file=None),
        "Its events have no column stim_file that names a video per row.",
    ),
    "empty": (_events(stim_file=["n/a", "n/a"]), "Its events have no value of stim_file."),
    "no video": (
        _events(stim_file=["a.png", "b.wav"]),
        "Its events name pictures, sounds or texts in stim_file, and no video.",
    ),
}


@pytest.mark.parametrize("name", SKIPPED)
def test_a_recording_without_videos_is_skipped_with_one_line(name, folder, tmp_path, caplog):
    break_it, reason = SKIPPED[name]
    values = build_bids(folder)
    break_it(folder)
    made = run_acquire(values, tmp_path / "out")
    assert list(made["recordings"]["subject"]) == ["sub-01"]
    assert list(made["participants"]["subject"]) == ["sub-01"]
    assert list_subjects(load(values)) == ["sub-01"]
    found = made["findings"].to_dict("records")
    file = "sub-02/eeg/sub-02_task-video_run-1_eeg.edf"
    assert found == [{"file": file, "action": "skipped", "what": reason}]
    assert f"{file}: skipped: {reason}" in caplog.text


def test_the_same_recording_under_two_people_is_refused(folder, tmp_path):
    values = build_bids(folder)
    first, second = (
        folder / f"sub-{name}/eeg/sub-{name}_task-video_run-1_eeg.edf" for name in ("01", "02")
    )
    content = bytearray(first.read_bytes())
    second.write_bytes(content)
    message = r"sub-02_task.*; expected a recording of its own; found the content of .*sub-01"
    with pytest.raises(UserError, match=message):
        run_acquire(values, tmp_path / "out")
    content[8:14] = b"sub-02"  # the person's name in the header
    second.write_bytes(content)
    with pytest.raises(UserError, match=message):
        run_acquire(values, tmp_path / "out")


def test_a_copy_in_another_format_is_refused(folder, tmp_path):
    values = build_bids(folder)
    first, second = (
        folder / f"sub-{name}/eeg/sub-{name}_task-video_run-1_eeg.edf" for name in ("01", "02")
    )
    raw = mne.io.read_raw_edf(first, verbose="error")
    second.unlink()
    microvolts = raw.get_data() * 1e6
    write_brainvision(second.with_suffix(".vhdr"), microvolts, raw.ch_names, raw.info["sfreq"])
    with pytest.raises(UserError, match=r"eeg\.vhdr; .*of its own; found the content of .*sub-01"):
        run_acquire(values, tmp_path / "out")


def test_a_recording_in_two_formats_counts_once(folder, tmp_path):
    values = build_bids(folder)
    edf = folder / "sub-01/eeg/sub-01_task-video_run-1_eeg.edf"
    edf.with_suffix(".bdf").symlink_to(edf)  # never read
    raw = mne.io.read_raw_edf(edf, verbose="error")
    microvolts = raw.get_data() * 1e6
    write_brainvision(edf.with_suffix(".vhdr"), microvolts, raw.ch_names, raw.info["sfreq"])
    made = run_acquire(values, tmp_path / "out")
    assert [path[-4:] for path in made["recordings"]["path"]] == ["vhdr", ".edf"]
    assert list(made["clips"]["onset_s"]) == [1, 4, 6] * 2
    what = made["findings"].set_index("action").loc["assumed", "what"]
    assert what.startswith("The recording lies there as .bdf, .edf too; .vhdr is used")


@pytest.mark.parametrize("name", BAD)
def test_errors_name_the_problem_and_nothing_is_written(name, folder, tmp_path):
    break_it, message = BAD[name]
    values = build_bids(folder)
    break_it(folder)
    with pytest.raises(UserError, match=message) as error:
        run_acquire(values, tmp_path / "out")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_link_without_its_target_is_a_missing_file(folder, tmp_path):
    values = build_bids(folder)
    path = folder / "sub-02/eeg/sub-02_task-video_run-1_eeg.edf"
    path.unlink()
    path.symlink_to(folder / ".git" / "annex" / "not-fetched")
    assert str(path) not in list_files(load(values), "results")
    with pytest.raises(UserError, match=r"sub-02_task-video_run-1_eeg\.edf; expected a file"):
        run_acquire(values, tmp_path / "out")


def test_a_slow_recording_is_refused(folder, tmp_path):
    values = build_bids(folder, subjects=("01",))
    path = folder / "sub-01/eeg/sub-01_task-video_run-1_eeg.edf"
    raw = mne.io.read_raw_edf(path, preload=True, verbose="error").resample(64, verbose="error")
    mne.export.export_raw(path, raw, overwrite=True, verbose="error")
    sidecar = path.with_suffix(".json")
    facts = json.loads(sidecar.read_text(encoding="utf-8-sig"))
    sidecar.write_text(json.dumps(facts | {"SamplingFrequency": 64}))
    with pytest.raises(UserError, match=r"at least 100 Hz; found 64 Hz"):
        run_acquire(values, tmp_path / "out")


def test_implausible_amplitudes_are_refused_until_they_are_declared(folder, tmp_path):
    values = build_bids(folder, subjects=("01",))
    path = folder / f"sub-01/eeg/sub-01_{RUN}_eeg.edf"
    raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
    edf = mne.io.RawArray(raw.get_data() * 1e3, raw.info, verbose="error")
    edf.export(path, overwrite=True, verbose="error")
    with pytest.raises(UserError, match=r"0.5 to 500 uV in 1 to 40 Hz; found 7\.\d+e\+03 uV"):
        run_acquire(values, tmp_path / "out")
    values["source"]["units"] = 1e-3  # uV per stored value
    assert len(run_acquire(values, tmp_path / "out")["recordings"]) == 1


@pytest.fixture
def real():
    return {"source": {"kind": "bids", "path": str(real_bids())}}


def test_real_recordings_and_videos(real, tmp_path):
    config = load(real)
    people = ["sub-001", "sub-002", "sub-003", "sub-004", "sub-038", "sub-040"]
    assert list_subjects(config) == people
    made = run_acquire(real, tmp_path)
    recordings = made["recordings"]
    assert set(recordings["path"]) <= set(list_files(config, "results"))
    assert recordings.groupby("subject")["block"].agg(list).to_dict() == {
        name: [1, 2] for name in people
    }
    assert set(recordings["n_channels"]) == {64}
    assert set(recordings["sfreq"]) == {160.0}
    clips = made["clips"].groupby("recording_id")
    assert set(clips.size()) == {3, 4}
    first = clips.get_group("sub-040_task-video_run-1")
    assert list(first["onset_s"]) == [2.0, 9.05625, 17.21875, 49.21875]
    # the flower's sound is 50 ms longer than its pictures
    assert list(first["duration_s"]) == pytest.approx([5.005, 6.166, 30.0, 5.005])
    assert list(first["concept"]) == ["flower", "friday", "animation", "flower"]
    assert list(first["concept_id"]) == [2, 3, 1, 2]
    fps = made["videos"].set_index("video_id")["fps"]
    assert fps.to_dict() == pytest.approx(
        {"bbb_30s_480p": 24, "flower": 29.97, "friday": 30}, abs=1e-2
    )
    prompts = made["participants"].set_index("subject")["prompt"]
    assert prompts["sub-001"] == "EEG of a 49-year-old right-handed woman watching a video."
    assert prompts["sub-004"] == "EEG of a 47-year-old man watching a video."
    # stored values times the scale are the microvolts that MNE reads
    row = recordings.iloc[0]
    raw = mne.io.read_raw_edf(row["path"], verbose="error")
    assert raw.n_times == row["n_samples"]
    assert 5 < np.median(np.std(raw.get_data() * row["scale_to_uv"], axis=1)) < 200


def test_a_turned_video_whose_sound_starts_first_is_shown_as_a_player_does(folder, tmp_path):
    values = build_bids(folder)
    pictures = [np.full((32, 48, 3), 100, np.uint8)] * 24
    late = write_streams(
        folder / "stimuli/more/other.mp4", [pictures], fps=48, start_s=0.5, sound_s=1
    )
    turn(late, 0, 1, -1, 0)
    made = run_acquire(values, tmp_path / "out")
    clips = made["clips"][made["clips"]["video_id"] == "other"]
    assert list(clips["onset_s"]) == [4.5, 4.5]
    assert list(clips["video_start_s"]) == [0.5, 0.5]
    assert list(clips["duration_s"]) == pytest.approx([0.5, 0.5], abs=1e-3)
    video = made["videos"].set_index("video_id").loc["other"]
    assert (video["width"], video["height"]) == (32, 48)
    said = made["findings"].set_index("file").loc["stimuli/more/other.mp4"]
    assert said["action"] == "assumed"
    assert said["what"].startswith("The first picture is shown 0.500 s after the start")
