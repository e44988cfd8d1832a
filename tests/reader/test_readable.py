"""Files at which HDF5 itself fails are refused, and others are left to their readers."""

import shutil
import struct
import subprocess
import sys

import h5py
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
    with pytest.raises(UserError, match="more than 3 s to open: damaged"):
        check_readable(endless.parent if as_folder else endless)


def test_modules_beside_the_file_are_not_imported(endless, monkeypatch):
    monkeypatch.setattr(readable, "_MOST_S", 3)
    monkeypatch.chdir(endless.parent)
    for name in ("h5py", "json"):
        (endless.parent / f"{name}.py").write_text("raise SystemExit(0)")
    with pytest.raises(UserError, match="damaged"):
        check_readable(endless)


@pytest.mark.parametrize(
    "command",
    [
        "inspect videeg-gen.h5",
        "inspect .",
        "evaluate windows.npy videeg-gen.h5 --sfreq 200",
        "explore videeg-gen.h5",
        "inspect release.bin",
    ],
)
def test_commands_refuse_it(endless, monkeypatch, capsys, command):
    monkeypatch.setattr(readable, "_MOST_S", 2)
    monkeypatch.chdir(endless.parent)
    np.save("windows.npy", np.zeros((4, 3, 8)))
    shutil.copy(endless, "release.bin")
    assert main(command.split()) == 1
    assert "to open: damaged; compare a release with SHA256SUMS" in capsys.readouterr().err


@pytest.fixture
def tried(monkeypatch):
    """Exit statuses of the processes that tried a file."""
    statuses, run = [], subprocess.run

    def noted(command, **options):
        done = run(command, **options)
        statuses.append(done.returncode)
        return done

    monkeypatch.setattr(subprocess, "run", noted)
    return statuses


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", UserError, "HDF5 crashes: damaged"),
        ("os.kill(os.getpid(), signal.SIGKILL)", UserError, "lack of memory"),
        ("raise ImportError('no h5py')", RuntimeError, "ImportError: no h5py"),
    ],
)
def test_the_end_of_the_process_is_told(release, monkeypatch, code, error, said):
    run, command = subprocess.run, [sys.executable, "-c", f"import os, signal; {code}"]
    monkeypatch.setattr(subprocess, "run", lambda _, **options: run(command, **options))
    with pytest.raises(error, match=said):
        check_readable(release)


def test_files_are_tried_if_they_are_hdf5_whatever_they_hold(tmp_path, release, tried):
    check_readable(release)
    with h5py.File(tmp_path / "other", "w") as file:
        file["data"] = [1]
    check_readable(tmp_path / "other")  # HDF5, no release
    assert tried == [0, 0]
    (tmp_path / "text.h5").write_bytes(b"text")
    check_readable(tmp_path / "text.h5")
    check_readable(tmp_path / "missing.h5")
    assert tried == [0, 0]
