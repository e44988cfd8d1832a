"""Try a file of HDF5 in a process of its own: HDF5 may crash, or never end, at a damaged one."""

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import h5py

from videeg_pipe.reader.checks import RELEASE, SUMS
from videeg_pipe.runtime.errors import UserError

_MOST_S = 60
_ENDED = {-one for one in signal.Signals if one.name in ("SIGKILL", "SIGTERM", "SIGINT")}
"""Exit statuses of processes that the system or a person ended."""


def check_readable(path: Path) -> None:
    """Read attributes and labels of a release, or of generated EEG, in a process of its own.

    Errors of Python are left to those who read the file. For small releases it takes 0.4 s, most of
    it the start of Python.

    Args:
        path: A file, or the folder of a release; other files than HDF5 are not checked.

    Raises:
        UserError: if HDF5 crashes, or needs more than a minute.
        RuntimeError: if the process cannot start.
    """
    path = path / RELEASE if path.is_dir() else path
    if not path.is_file() or not h5py.is_hdf5(path):  # reads the signature alone
        return
    # -P: without modules of the current folder, where the file may have come with others
    command = [sys.executable, "-P", "-m", __name__, str(path)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=_MOST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _unusable(path, f"one that takes more than {_MOST_S} s to open: damaged") from None
    if done.returncode in _ENDED:
        raise _unusable(path, "one whose trial was ended, for example for lack of memory")
    if done.returncode == 1:  # an exception, which `_read` would have suppressed
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-500:]}")
    if done.returncode:
        raise _unusable(path, "one at which HDF5 crashes: damaged")


def _unusable(path: Path, found: str) -> UserError:
    return UserError(
        str(path),
        expected="a release, or EEG of videeg generate",
        found=found,
        next_step=f"compare a release with {SUMS} and get it again; generate other EEG again",
    )


def _read(path: Path) -> None:
    from videeg_pipe.reader.generated import generated_facts
    from videeg_pipe.reader.release import load_release

    with suppress(Exception):  # those who read the file meet it again
        if generated_facts(path) is None:
            load_release(path)


if __name__ == "__main__":
    _read(Path(sys.argv[1]))
