"""`videeg adapt`: a new folder with one more person, or one line."""

import pytest

from tests.generator.people import course, write_person
from videeg_pipe.cli.main import main


@pytest.fixture
def recording(tmp_path):
    return write_person(tmp_path / "anna_raw.fif", course(12), [(1.0, 0.0, "shown flashing.mp4")])


def test_a_person_is_added_and_can_be_generated(packed, recording, flashing, tmp_path, capsys):
    out = str(tmp_path / "new")
    learn = ["adapt", str(packed), str(recording), "--name", "anna", "-o", out]
    assert main([*learn, "--stimulus", str(flashing)]) == 0
    printed = capsys.readouterr().out
    assert "anna added from 2 windows, 2 s (response and noise)" in printed
    assert f"next: videeg generate VIDEO --model {out} --subject anna" in printed
    eeg = str(tmp_path / "anna.edf")
    assert main(["generate", str(flashing), "--model", out, "--subject", "anna", "-o", eeg]) == 0
    assert main(learn) == 1  # the folder exists
    assert main(["inspect", out]) == 0
    assert "people: person-1, person-2, anna" in capsys.readouterr().out
