"""`videeg check`: what a run would make of a data set, from headers and tables."""

import json
import shutil
from pathlib import Path

import mne
import numpy as np
import pandas as pd
import pytest
import yaml

from tests.shared import built_once
from tests.sources.builders import (
    build_bids,
    build_seed_dv,
    run_acquire,
    write_bids_run,
)
from videeg_pipe.cli import check
from videeg_pipe.cli.main import main

NAMES = mne.channels.make_standard_montage("colin27_1020").ch_names[:20]


@pytest.fixture(scope="session")
def good(tmp_path_factory):
    return built_once(
        tmp_path_factory, "bids-to-check", lambda root: build_bids(root, ("01", "02", "03"))
    )


@pytest.fixture
def data(good, tmp_path):
    shutil.copytree(good, tmp_path / "data")
    return tmp_path / "data"


def checked(capsys, *arguments):
    """Run the command; return its status and the lines that it prints."""
    status = main(["check", *map(str, arguments)])
    return status, capsys.readouterr().out.splitlines()


def test_a_good_data_set(good, capsys):
    status, lines = checked(capsys, good)
    assert status == 0
    assert "Nothing is refused." in lines
    text = "\n".join(lines)
    assert "used: 3 recordings of 3 people, 1 min, 20 EEG channels at 128 Hz" in text
    assert "9 clips of 2 videos and 2 concepts" in text  # 2, 1 and 2 s per person
    for split, person in (("train", "01"), ("validation", "02"), ("test", "03")):
        assert f"{split:10}      5  subject sub-{person}" in text
    assert "pauses count" in text
    assert "Also in the training: 2 of its 2 videos and 0 of its 1 person." in text
    assert "embed.model is untrained" in text


def test_it_sees_the_tables_that_a_run_makes(good, tmp_path):
    made = run_acquire({"source": {"kind": "bids", "path": str(good)}}, tmp_path / "out")
    seen, survey = check._survey(good, check._config(good, []))
    columns = [name for name in made["recordings"] if name not in ("sha256", "truth_path")]
    assert seen["recordings"][columns].equals(made["recordings"][columns])
    onsets = ["clip_id", "onset_s", "duration_s", "video_id", "concept"]
    assert seen["clips"][onsets].equals(made["clips"][onsets])
    assert survey.refused == []


def test_all_refusals_are_listed(data, capsys):
    first, second, third = (data / f"sub-0{k}/eeg/sub-0{k}_task-video_run-1_" for k in (1, 2, 3))
    side = Path(f"{first}eeg.json")
    side.write_text(json.dumps(json.loads(side.read_text()) | {"SamplingFrequency": 1000}))
    side_facts = json.loads(side.read_text())
    side_facts.pop("RecordingDuration", None)
    side.write_text(json.dumps(side_facts))
    events = pd.read_csv(f"{second}events.tsv", sep="\t")
    events.assign(onset=events["onset"] + 100).to_csv(f"{second}events.tsv", sep="\t", index=False)
    Path(f"{third}eeg.edf").write_bytes(b"no EDF")
    status, lines = checked(capsys, data)
    refused = [line for line in lines if line.startswith("refused: sub-")]
    assert status == 1
    assert len(refused) == 3
    assert "1000 Hz" in refused[0]
    assert "end within the recording" in refused[1]
    assert "sub-03_task-video_run-1_eeg.edf" in refused[2]


def events_of(data, change):
    """Edit the events of the first person."""
    file = data / "sub-01/eeg/sub-01_task-video_run-1_events.tsv"
    table = pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False)
    change(table).to_csv(file, sep="\t", index=False)


def replace_in(pattern, old, new):
    """Return an edit of the text of the first file with this name."""

    def edit(data):
        file = sorted(data.rglob(pattern))[0]
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    return edit


def state(**facts):
    """Return an edit of the first side file of EEG."""

    def edit(data):
        file = sorted(data.rglob("*_eeg.json"))[0]
        file.write_text(json.dumps(json.loads(file.read_text()) | facts))

    return edit


def cut(pattern, n_bytes):
    """Return an edit that keeps the first bytes of the first file with this name."""

    def edit(data):
        file = sorted(data.rglob(pattern))[0]
        file.write_bytes(file.read_bytes()[:n_bytes])

    return edit


def recode(encoding):
    def edit(data):
        file = sorted(data.rglob("*_events.tsv"))[0]
        file.write_text(file.read_text(encoding="utf-8"), encoding=encoding)

    return edit


REFUSED = {
    "onset-ms": lambda data: events_of(data, lambda t: t.assign(onset=["1000"] * len(t))),
    "late": replace_in("*_events.tsv", "6.0\t2.0", "11.0\t2.0"),
    "negative": replace_in("*_events.tsv", "6.0\t2.0", "-6.0\t2.0"),
    "time-of-day": replace_in("*_events.tsv", "6.0\t2.0", "12:00:06\t2.0"),
    "duration": replace_in("*_events.tsv", "6.0\t2.0", "6.0\t2.4"),
    "overlap": replace_in("*_events.tsv", "6.0\t2.0", "4.5\t2.0"),
    "commas": replace_in("*_events.tsv", "\t", ","),
    "cells": replace_in("*_events.tsv", "walk\t", "walk\tmore\t"),
    "utf-16": recode("utf-16"),
    "no-file": replace_in("*_events.tsv", "clip.mp4", "none.mp4"),
    "outside": replace_in("*_events.tsv", "clip.mp4", "../../clip.mp4"),
    "bad-time": replace_in("*_events.tsv", "11.0\tn/a\tbutton", "n/a\tn/a\tBAD_x"),
    "no-onset": replace_in("*_events.tsv", "onset", "start"),
    "emotion": lambda data: events_of(data, lambda t: t.assign(emotion="sad and glad")),
    "rate": state(SamplingFrequency=1000, RecordingDuration=None),
    "epoched": state(RecordingType="epoched"),
    "side-file": cut("*_eeg.json", 20),
    "no-edf": cut("*_eeg.edf", 6),
    "no-samples": cut("*_eeg.edf", 256 * 22),
    "twice": replace_in("*_channels.tsv", "Fp2\t", "Fp1\t"),
    "renamed": replace_in("*_channels.tsv", "Fp2\t", "Fpx\t"),
    "no-position": replace_in("*_electrodes.tsv", "Fp2\t", "Fpx\t"),
    "axes": cut("*_coordsystem.json", 20),
    "no-positions": lambda data: [file.unlink() for file in data.rglob("*_electrodes.tsv")],
    "text": lambda data: (data / "stimuli" / "clip.mp4").write_text("no video"),
    "cut-video": cut("clip.mp4", 500),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_every_refusal_is_one_line(data, capsys, name):
    REFUSED[name](data)
    status, lines = checked(capsys, data)
    refused = [line for line in lines if line.startswith("refused: ")]
    assert status == 1
    assert lines[-1] == f"refused: {len(refused) - 1}"
    assert len(refused) == 2
    assert "; expected " in refused[0]
    assert str(data) + "/" not in refused[0].split("; expected ")[0]


def test_a_copy_under_another_person_is_refused(data, capsys):
    names = [f"sub-0{k}/eeg/sub-0{k}_task-video_run-1_eeg.edf" for k in (1, 2)]
    shutil.copy(data / names[0], data / names[1])
    status, lines = checked(capsys, data)
    assert status == 1
    refused = [line for line in lines if "expected a recording of its own" in line]
    assert len(refused) == 1  # the third one is good
    assert refused[0].startswith(f"refused: {names[1]}; ")
    assert any(line.startswith("used: 2 recordings of 2 people") for line in lines)


def test_a_recording_without_videos_is_skipped(data, capsys):
    made = write_bids_run(data, NAMES, subject="01", seed=9, task="rest")
    made.copy().update(suffix="events", extension=".tsv").fpath.unlink()
    status, lines = checked(capsys, data)
    assert status == 0
    assert any(line.startswith("skipped: sub-01/eeg/sub-01_task-rest") for line in lines)


def test_bad_segments_are_counted(data, capsys):
    file = data / "sub-01/eeg/sub-01_task-video_run-1_events.tsv"
    events = pd.read_csv(file, sep="\t")
    events.loc[len(events)] = [1.5, 0.1, "BAD_moved", None]
    events.to_csv(file, sep="\t", index=False, na_rep="n/a")
    _, lines = checked(capsys, data)
    assert any("dropped" in line and "     1  they touch: BAD_moved" in line for line in lines)


def test_a_configuration_of_the_run(data, tmp_path, capsys):
    file = tmp_path / "own.yaml"
    split = {"by": "subject", "validation": [-2]}
    file.write_text(yaml.safe_dump({"split": split | {"test": [-9]}}))
    status, lines = checked(capsys, data, "--configfile", file)
    assert status == 1
    assert any(line.startswith("refused: split.test") for line in lines)
    file.write_text(yaml.safe_dump({"windows": {"length": 2}}))
    assert main(["check", str(data), "--configfile", str(file)]) == 1
    assert "windows.length" in capsys.readouterr().err


def test_two_wrong_options_are_told_apart(data, tmp_path, capsys):
    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump({"train": {"epochs": 0}, "windows": {"length": 2}}))
    assert main(["check", str(data), "--configfile", str(file)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "; also unknown option windows.length" in line or "; also train.epochs" in line


def test_paths_are_written_relative_to_the_data_set():
    assert check._short("data/sub-1/a; found data/b", Path("data")) == "sub-1/a; found b"
    assert check._short("/home/data/sub-1; x", Path("data")) == "/home/data/sub-1; x"
    assert check._short("/home/data/sub-1; x", Path("/home/data")) == "sub-1; x"


def test_the_split_is_that_of_a_run_with_the_same_files(good, tmp_path, capsys):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(yaml.safe_dump({"source": {"kind": "bids"}}))
    status, lines = checked(capsys, good, "--configfile", first)
    assert status == 1  # by default, blocks 6 and 7 are held out, and there is one
    assert f"{good}: bids, split by block" in lines
    assert any(line.startswith("refused: split.validation; expected blocks") for line in lines)
    second.write_text(yaml.safe_dump({"split": check._SPLIT}))
    status, lines = checked(capsys, good, "--configfile", first, second)
    assert status == 0
    assert f"{good}: bids, split by subject" in lines


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("source: bids", "source: expected a section of options; found 'bids'"),
        ("source:\n  kind: bids\n  kind: phantom", "expected each option once; found kind in"),
        ("source: [bids", "expected YAML or JSON"),
    ],
)
def test_a_wrong_configuration_is_refused_in_one_line(tmp_path, capsys, text, words):
    file = tmp_path / "own.yaml"
    file.write_text(text)
    assert main(["check", str(tmp_path), "--configfile", str(file)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"videeg: {file}; ")
    assert words in line


def test_its_split_is_that_of_the_configuration_for_bids():
    file = Path(__file__).parents[2] / "config" / "bids.yaml"
    assert yaml.safe_load(file.read_text())["split"] == check._SPLIT


def test_seed_dv(tmp_path, capsys):
    values = build_seed_dv(tmp_path / "data")
    file = tmp_path / "own.yaml"
    split = {"by": "session", "validation": [1], "test": [2]}
    file.write_text(yaml.safe_dump({**values, "split": split}))
    status, lines = checked(capsys, tmp_path / "data", "--configfile", file)
    text = "\n".join(lines)
    assert "used: 6 recordings of 2 people" in text
    assert status == 1  # two sessions leave nothing for training
    assert "none in train" in text


def test_simulated_data_cannot_be_checked(tmp_path, capsys):
    file = tmp_path / "own.yaml"
    file.write_text("source: {kind: phantom}")
    assert main(["check", str(tmp_path), "--configfile", str(file)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "source.kind; expected seed-dv or bids" in line


def test_seed_dv_whose_files_are_all_refused(tmp_path, capsys):
    data = tmp_path / "data"
    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump(build_seed_dv(data)))
    (data / "participants.tsv").write_text("name\nsub1\n")
    _, lines = checked(capsys, data, "--configfile", file)
    assert [line for line in lines if "a column participant_id" in line]
    labels = data / "Video/meta-info/All_video_label.npy"
    np.save(labels, np.load(labels)[:1])
    _, lines = checked(capsys, data, "--configfile", file)
    refused = [line for line in lines if line.startswith("refused: ")]
    assert "All_video_label.npy; expected whole numbers" in refused[0]
    assert "used: 6 recordings of 2 people, 1 min, 62 EEG channels at 200 Hz" in lines
    for path in (data / "EEG").iterdir():
        np.save(path, np.zeros((1, 2, 3), np.float32))
    status, lines = checked(capsys, data, "--configfile", file)
    assert status == 1
    assert "used: nothing" in lines
    assert [line for line in lines if "expected shape (2, 62, 1800)" in line]


def test_broken_participants_do_not_hide_other_refusals(data, capsys):
    (data / "participants.json").write_text('{"age": ')
    (data / "sub-03/eeg/sub-03_task-video_run-1_eeg.edf").write_bytes(b"no EDF")
    _, lines = checked(capsys, data)
    assert {
        line.split("; ")[0] for line in lines if line.startswith("refused: ") and ";" in line
    } == {
        "refused: participants.json",
        "refused: sub-03/eeg/sub-03_task-video_run-1_eeg.edf",
    }


def test_a_folder_that_is_no_data_set(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 1
    assert "expected recordings sub-*" in capsys.readouterr().err


def test_several_configurations_can_follow_one_option():
    given = "data --configfile a.yaml b.yaml --other c --configfile=d --configfile e f"
    written = "data --configfile a.yaml --configfile b.yaml --other c --configfile=d"
    assert (
        " ".join(check._one_file_each(given.split())) == f"{written} --configfile e --configfile f"
    )
