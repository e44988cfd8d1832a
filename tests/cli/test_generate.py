"""`videeg generate`, from the command line to the file."""

import re

import mne
import pytest

from videeg_pipe.cli.main import main


def run(packed, *arguments):
    return main(["generate", "--model", str(packed), *map(str, arguments)])


def test_a_video_becomes_a_file(packed, flashing, tmp_path, capsys):
    out = tmp_path / "{stimulus}.fif"
    assert run(packed, flashing, "--subject", "person-2", "-o", out) == 0
    assert "flashing.fif: SYNTHETIC EEG, 12 channels, 2.5 s" in capsys.readouterr().out
    raw = mne.io.read_raw_fif(tmp_path / "flashing.fif", verbose="error")
    assert raw.times[-1] == pytest.approx(2.495)


def test_facts_of_a_person(packed, flashing, tmp_path, capsys):
    facts = "age=30,sex=F,handedness=R"
    assert run(packed, flashing, "--person", facts, "--seconds", 1, "-o", tmp_path / "a.edf") == 0
    assert (tmp_path / "a.edf").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--person", "age=old"), 1, "--person; expected facts such as .*; found age=old"),
        (("--person", "iq=100"), 1, "found iq=100"),
        (("--subject", "nobody"), 1, "subject; .*found nobody"),
        (("--montage", "hat"), 1, "montage hat"),
        (("--draws", "0"), 2, "draws"),
    ],
)
def test_a_wrong_option_is_one_line(packed, flashing, tmp_path, capsys, arguments, status, message):
    assert run(packed, flashing, "-o", tmp_path / "a.fif", *arguments) == status
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and re.search(message, lines[0])
    assert list(tmp_path.iterdir()) == []


def test_paths_are_checked_before_the_model_is_loaded(flashing, tmp_path, capsys):
    exists = tmp_path / "a.fif"
    exists.write_text("mine")
    for out, words in ((exists, "--overwrite"), (tmp_path / "no" / "a.fif", "expected a folder")):
        assert main(["generate", str(flashing), "--model", "nowhere", "-o", str(out)]) == 1
        assert words in capsys.readouterr().err
    assert exists.read_text() == "mine"
    same = [str(flashing), str(flashing), "-o", str(tmp_path / "{stimulus}.fif")]
    assert main(["generate", *same]) == 1
    assert "stimuli of the same name" in capsys.readouterr().err
    several = [str(flashing), str(flashing), "-o", str(tmp_path / "b.fif")]
    assert main(["generate", *several]) == 1
    assert "{stimulus}" in capsys.readouterr().err
    missing = [str(tmp_path / "none.mp4"), "-o", str(tmp_path / "b.fif")]
    assert main(["generate", *missing]) == 1
    assert "none.mp4" in capsys.readouterr().err
