"""Files at which HDF5 itself fails are refused, and others are left to their readers."""

import signal
import struct
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.reader import write_samples
from videeg_pipe.cli.main import main
from videeg_pipe.reader import readable
from videeg_pipe.reader.readable import check_readable
from videeg_pipe.runtime.errors import UserError


@pytest.fixture
def release(tmp_path):
    path = tmp_path / "videeg-gen.h5"
    write_samples(path, np.ones((2, 3, 4), np.float32), ("FZ", "CZ", "OZ"))
    return path


@pytest.fixture
def endless(release):
    """A release whose heap of texts has an object that ends where it begins."""
    content = bytearray(release.read_bytes())
    size = content.index(b"GCOL") + 24  # of the first object
    content[size : size + 8] = struct.pack("<Q", 2**64 - 16)
    release.write_bytes(content)
    return release


@pytest.mark.parametrize("as_folder", [False, True])
def test_a_file_that_never_ends_is_damaged(endless, monkeypatch, as_folder):
    monkeypatch.setattr(readable, "_MOST_S", 3)
    with pytest.raises(UserError, match="damaged"):
        check_readable(endless.parent if as_folder else endless)


@pytest.mark.parametrize(
    "command",
    [
        "inspect videeg-gen.h5",
        "inspect .",
        "evaluate windows.npy videeg-gen.h5 --sfreq 200",
        "explore videeg-gen.h5",
    ],
)
def test_commands_refuse_it(endless, monkeypatch, capsys, command):
    monkeypatch.setattr(readable, "_MOST_S", 2)
    monkeypatch.chdir(endless.parent)
    np.save("windows.npy", np.zeros((4, 3, 8)))
    assert main(command.split()) == 1
    assert "videeg-gen.h5; expected a release as SHA256SUMS lists it" in capsys.readouterr().err


def test_a_crash_is_damage(tmp_path, monkeypatch):
    path = tmp_path / "a.h5"
    path.write_bytes(b"")
    crash = f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})"
    run = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda command, **options: run([sys.executable, "-c", crash], **options)
    )
    with pytest.raises(UserError, match="damaged"):
        check_readable(path)


def test_readers_say_what_else_is_wrong(tmp_path, release):
    path = tmp_path / "a.h5"
    check_readable(path)  # missing
    path.write_bytes(b"text")
    check_readable(path)
    check_readable(release)
