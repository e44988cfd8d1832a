"""`videeg adapt`: a new folder with one more person, or one line."""

import shutil

import pytest

from tests.generator.people import course, write_person
from tests.packed import pack_other
from videeg_pipe.cli.main import main


@pytest.fixture
def recording(tmp_path):
    return write_person(tmp_path / "anna_raw.fif", course(12), [(1.0, 0.0, "shown flashing.mp4")])


def test_a_person_is_added_and_can_be_generated(packed, recording, flashing, tmp_path, capsys):
    out = str(tmp_path / "with anna")
    learn = ["adapt", str(packed), str(recording), "--name", "anna", "-o", out]
    assert main([*learn, "--stimulus", str(flashing)]) == 0
    printed = capsys.readouterr().out
    assert "anna added from 2 windows, 2 s (response and noise)" in printed
    assert "fewer than 25 windows" in printed
    assert f"next: videeg generate VIDEO --model '{out}' --subject anna" in printed
    eeg = str(tmp_path / "anna.edf")
    assert main(["generate", str(flashing), "--model", out, "--subject", "anna", "-o", eeg]) == 0
    assert main(learn) == 1  # the folder exists
    assert main(["inspect", out]) == 0
    assert "people: person-1, person-2, anna" in capsys.readouterr().out


def test_a_generator_that_cannot_add_a_person_is_refused(
    packable_inputs, recording, tmp_path, capsys
):
    other = pack_other(packable_inputs, tmp_path / "other")
    out = tmp_path / "new"
    assert main(["adapt", str(other), str(recording), "--name", "anna", "-o", str(out)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "other; expected a generator that can add a person, such as spgn; found sse" in line
    assert line.endswith("use the generator of a run with another run.model")
    assert not out.exists()


def test_a_generator_can_replace_itself(packed, recording, tmp_path, capsys):
    """The folder that is read is the folder that is replaced."""
    own = shutil.copytree(packed, tmp_path / "own")
    learn = ["adapt", str(own), str(recording), "-o", str(own), "--overwrite", "--name"]
    for name in ("anna", "bob"):
        assert main([*learn, name]) == 0
    assert main(["inspect", str(own)]) == 0
    assert "people: person-1, person-2, anna, bob" in capsys.readouterr().out
