"""Stimulus programs in a BIDS data set."""

import json

import pytest
from mne_bids import BIDSPath

from tests.sources.builders import build_bids, run_acquire, write_events
from videeg_pipe.config import load
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.listing import list_files

FLICKER = {"kind": "flicker", "frame_rate": 120, "duration_s": 2, "frequency": 13}


@pytest.fixture
def root(tmp_path):
    return tmp_path / "data"


def show(root, name):
    """Let sub-02 see the program of this name, then a video."""
    write_events(
        BIDSPath(root=root, subject="02", task="video", run="1", suffix="eeg", datatype="eeg"),
        onset=[1.0, 4.0],
        duration=[2.0, 1.0],
        trial_type=["walk", "talk"],
        stim_file=[name, "more/other.mp4"],
    )


@pytest.fixture
def values(root):
    """Configuration of a data set in which sub-02 sees a program, then a video."""
    values = build_bids(root)
    show(root, "13Hz.json")
    return values


@pytest.mark.parametrize("name", ["13Hz.json", "stimuli/13Hz.json"])
def test_a_stimulus_program_is_shown_like_a_video(values, root, tmp_path, name):
    show(root, name)
    program = root / "stimuli" / "13Hz.json"
    program.write_text(json.dumps(FLICKER), encoding="utf-8")
    made = run_acquire(values, tmp_path / "out")
    shown = made["videos"].set_index("video_id").loc["13Hz"]
    assert (shown["fps"], shown["duration_s"], shown["path"]) == (120.0, 2.0, str(program))
    clips = made["clips"].set_index("video_id").loc["13Hz"]
    assert clips["recording_id"] == "sub-02_task-video_run-1"
    assert str(program) in list_files(load(values), "results")


def test_an_unknown_phase_is_passed_on(values, root, tmp_path):
    program = root / "stimuli" / "13Hz.json"
    program.write_text(json.dumps(FLICKER), encoding="utf-8")
    assert "phase_known" not in run_acquire(values, tmp_path / "known")["clips"]
    program.write_text(json.dumps(FLICKER | {"phase": None}), encoding="utf-8")
    clips = run_acquire(values, tmp_path / "unknown")["clips"]
    assert (clips["phase_known"] == (clips["video_id"] != "13Hz")).all()
    assert not clips["phase_known"].all()


def test_a_wrong_program_is_refused_by_name(values, root, tmp_path):
    (root / "stimuli" / "13Hz.json").write_text('{"kind": "flicker"}', encoding="utf-8")
    with pytest.raises(
        UserError, match=r"13Hz\.json; expected a stimulus program; found frame_rate"
    ):
        run_acquire(values, tmp_path / "out")
