"""One writer at a time, also after the other process was killed."""

import os
import signal
import subprocess
import sys

import pytest

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.lock import only_writer

HOLD = """
import sys
from pathlib import Path
from videeg_pipe.runtime.lock import only_writer
with only_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "a.lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_second_writer_is_told_which_process_holds_the_lock(tmp_path, holder):
    found = f"found process {holder.pid} on .*, which is still running"
    with pytest.raises(UserError, match=found), only_writer(tmp_path / "a.lock"):
        pytest.fail("two writers")


@pytest.mark.parametrize("stopped", [False, True])
def test_a_killed_process_releases_its_lock(tmp_path, holder, stopped):
    if stopped:
        os.kill(holder.pid, signal.SIGSTOP)
        with pytest.raises(UserError, match="still running"), only_writer(tmp_path / "a.lock"):
            pass
    holder.kill()
    holder.wait()
    with only_writer(tmp_path / "a.lock"):
        assert str(os.getpid()) in (tmp_path / "a.lock").read_text()


def test_a_file_system_without_locks_is_a_warning(tmp_path, monkeypatch, caplog):
    def unsupported(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", unsupported)
    with only_writer(tmp_path / "a.lock"):
        pass
    assert "run one workflow at a time" in caplog.text
