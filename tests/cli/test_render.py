"""`videeg render`: the video of a program, and errors in one line."""

import json

import pytest

from videeg_pipe.cli.main import main
from videeg_pipe.stimuli.video import probe_video

FLICKER = {"kind": "flicker", "frame_rate": 60, "duration_s": 0.5, "frequency": 12}


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "12Hz.json"
    path.write_text(json.dumps(FLICKER), encoding="utf-8")
    return path


def test_a_program_becomes_a_video(tmp_path, program, capsys):
    video = tmp_path / "12Hz.mp4"
    assert main(["render", str(program), str(video)]) == 0
    assert f"{video}: 30 frames at 60 Hz, 0.5 s" in capsys.readouterr().out
    assert probe_video(video).n_frames == 30


def test_an_existing_file_and_another_suffix_are_refused(tmp_path, program, capsys):
    taken = tmp_path / "taken.mp4"
    taken.write_bytes(b"mine")
    for video in (taken, tmp_path / "x.avi"):
        assert main(["render", str(program), str(video)]) == 1
        message = capsys.readouterr().err
        assert message.startswith(f"videeg: {video}; expected a new ")
        assert message.count("\n") == 1
    assert taken.read_bytes() == b"mine"


def test_a_bad_program_leaves_no_video(tmp_path, program, capsys):
    program.write_text(json.dumps(FLICKER | {"frequency": 100}), encoding="utf-8")
    assert main(["render", str(program), str(tmp_path / "x.mp4")]) == 1
    assert "half the frame rate" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["12Hz.json"]
