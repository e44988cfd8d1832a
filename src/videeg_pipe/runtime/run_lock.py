"""The lock that Snakemake leaves in its working folder when it is killed."""

import atexit
import fcntl
import socket
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TextIO

from videeg_pipe.runtime.files import remove

_HELD = ExitStack()  # until the process ends
_ENDED = "ended"
"""Content of the file of a machine where the last run ended by itself."""


def release_dead_lock(folder: Path) -> None:
    """Remove the locks of a killed Snakemake, and let others see that this one lives.

    Each run holds a shared lock on a file until its process ends, however it ends. Who gets the
    file alone knows that no other run lives on this machine. Where a run on another machine has not
    ended by itself, or the file system has no locks, nothing is removed.

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
            _remove_locks(folder)
        fcntl.flock(file, fcntl.LOCK_SH)
        file.truncate(0)
        atexit.register(_note_end, file)
    except OSError:  # no locks, or a read-only folder: Snakemake says what to do
        return


def forget_other_machines(folder: Path) -> None:
    """Forget the runs on other machines: the user says that none goes on."""
    for path in folder.glob("run-*.lock"):
        if path != _path(folder):
            remove(path)


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


def left_to_the_user(folder: Path) -> bool:
    """Return whether the next run leaves Snakemake's locks: a run elsewhere may own them."""
    ours = _path(folder)
    others = [path for path in folder.glob("run-*.lock") if path != ours]
    return not ours.exists() or any(path.read_text() != _ENDED for path in others)


def _path(folder: Path) -> Path:
    return folder / f"run-{socket.gethostname()}.lock"


def _note_end(file: TextIO) -> None:
    """Note that a run has ended by itself, if no other lives on this machine."""
    with suppress(OSError, ValueError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.write(_ENDED)
        file.flush()


def _remove_locks(folder: Path) -> None:
    locks = list((folder / "locks").glob("*.lock"))  # before others begin
    if locks and not left_to_the_user(folder):
        for path in locks:
            remove(path)
        print("Removed the lock of a killed run", file=sys.stderr)
