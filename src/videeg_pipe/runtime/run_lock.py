"""The lock that Snakemake leaves in its working folder when it is killed."""

import fcntl
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

from videeg_pipe.runtime.files import remove

_HELD = ExitStack()  # until the process ends


def release_dead_lock(folder: Path) -> None:
    """Remove the locks of a killed Snakemake, and let others see that this one lives.

    Each run holds a shared lock on a file until its process ends, however it ends. Who gets the
    file alone knows that no other run lives on this machine. Where other machines have run in the
    folder, or the file system has no locks, nothing is removed.

    Args:
        folder: `.snakemake` in the working folder of the run.
    """
    path = _path(folder)
    try:
        path.parent.mkdir(exist_ok=True)
        file = _HELD.enter_context(path.open("a"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            _remove_locks(folder, path)
        fcntl.flock(file, fcntl.LOCK_SH)
    except OSError:  # no locks, or a read-only folder: Snakemake says what to do
        return


def run_lives(folder: Path) -> bool:
    """Return whether a run on this machine uses `.snakemake` in this folder."""
    try:
        with _path(folder).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _path(folder: Path) -> Path:
    return folder / f"run-{socket.gethostname()}.lock"


def _remove_locks(folder: Path, ours: Path) -> None:
    locks = list((folder / "locks").glob("*.lock"))
    if locks and list(folder.glob("run-*.lock")) == [ours]:
        for path in locks:
            remove(path)
        print("Removed the lock of a killed run", file=sys.stderr)
