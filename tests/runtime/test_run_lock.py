"""The lock of a killed Snakemake is removed, that of a living one is not."""

import subprocess
import sys
from contextlib import contextmanager

import pytest

from videeg_pipe.runtime import run_lock
from videeg_pipe.runtime.run_lock import (
    forget_other_machines,
    left_to_the_user,
    release_dead_lock,
    run_lives,
)

RUN = """
import sys; from pathlib import Path; from videeg_pipe.runtime.run_lock import release_dead_lock
release_dead_lock(Path(sys.argv[1])); print("holds", flush=True); sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "locks").mkdir()
    yield tmp_path
    run_lock._HELD.close()


@contextmanager
def started(command):
    """Start a run that holds its lock until its input ends."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **streams) as run:
        assert run.stdout.readline() == b"holds\n"
        yield run


def lock(folder):
    path = folder / "locks" / "0.output.lock"
    path.touch()
    return path


def test_a_dead_lock_is_removed_and_a_living_one_is_not(folder, capsys):
    command = [sys.executable, "-c", RUN, str(folder)]
    with started(command) as other:
        of_other = lock(folder)
        release_dead_lock(folder)
        assert of_other.exists() and run_lives(folder)
        run_lock._HELD.close()
        other.kill()
    assert not run_lives(folder)
    release_dead_lock(folder)
    assert not of_other.exists()
    assert capsys.readouterr().err == "Removed the lock of a killed run\n"


@pytest.mark.parametrize("end", ["by itself", "killed"])
def test_a_run_on_another_machine_keeps_locks_unless_it_ended_by_itself(folder, end):
    elsewhere = "import socket; socket.gethostname = lambda: 'another'" + RUN
    command = [sys.executable, "-c", elsewhere, str(folder)]
    with started(command) as other:
        left = lock(folder)
        release_dead_lock(folder)
        assert left.exists() and left_to_the_user(folder)
        run_lock._HELD.close()
        if end == "killed":
            other.kill()
    assert left_to_the_user(folder) == (end == "killed")
    release_dead_lock(folder)
    assert left.exists() == (end == "killed")


def test_a_machine_where_another_run_goes_on_has_not_ended(folder):
    command = [sys.executable, "-c", RUN, str(folder)]
    with started(command) as other:
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
        (file,) = folder.glob("run-*.lock")
        assert file.read_text() == ""
        other.stdin.close()
        other.wait()
    assert file.read_text() == "ended"


def test_a_folder_that_does_not_exist_is_no_error(tmp_path):
    release_dead_lock(tmp_path / "none" / ".snakemake")


def test_unlocking_forgets_other_machines(folder):
    (folder / "run-another.lock").touch()  # of an earlier version, or killed
    left = lock(folder)
    release_dead_lock(folder)
    assert left.exists()
    run_lock._HELD.close()
    forget_other_machines(folder)
    release_dead_lock(folder)
    assert not left.exists()
