"""Try a file of HDF5 in a process of its own: HDF5 may crash, or never end, at a damaged one."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from videeg_pipe.reader.checks import RELEASE, damaged_release
from videeg_pipe.runtime.errors import UserError

_MOST_S = 60
_PYTHON_ERROR = 1  # exit status of an exception
_ENDINGS = (".h5", ".hdf5")


def check_readable(path: Path) -> None:
    """Read attributes and labels of a release, or of generated EEG, in a process of its own.

    Errors of Python are left to those who read the file. It takes 0.4 s.

    Args:
        path: A file, or the folder of a release; paths of other kinds are not checked.

    Raises:
        UserError: if HDF5 crashes, or needs more than a minute.
    """
    path = path / RELEASE if path.is_dir() else path
    if path.suffix.lower() not in _ENDINGS or not path.is_file():
        return
    command = [sys.executable, "-m", __name__, str(path)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_MOST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise damaged_release(path) from None
    if done.returncode not in (0, _PYTHON_ERROR):
        raise damaged_release(path)


def _read(path: Path) -> None:
    from videeg_pipe.reader.generated import generated_facts
    from videeg_pipe.reader.release import load_release

    with suppress(UserError):
        if generated_facts(path) is None:
            load_release(path)


if __name__ == "__main__":
    _read(Path(sys.argv[1]))
