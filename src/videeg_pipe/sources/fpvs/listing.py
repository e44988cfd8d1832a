"""The trials of the recording, one block each, and its files."""

import os
from pathlib import Path

from videeg_pipe.config import Config
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.subjects import chosen_subjects

FILE = "example-epo.fif"
SUBJECT = "sub-01"
N_TRIALS = 16
PROGRAMS = ("periodic", "random")


def root(config: Config, results: str) -> Path:
    """Return the folder of the recording."""
    return Path(str(config.source.path))


def program(name: str) -> Path:
    """Return the file of a stimulus program, relative to the working directory.

    A moved repository then reruns nothing.
    """
    return Path(os.path.relpath(Path(__file__).with_name(f"{name}.json")))


def list_subjects(config: Config) -> list[str]:
    """List the one person.

    Raises:
        UserError: if the file is missing or `source.subjects` names somebody else.
    """
    file = root(config, "") / FILE
    if not file.is_file():
        raise UserError(
            str(file),
            expected="the example recording of ssvepy 0.2",
            found="no such file",
            next_step="run 'make real', which fetches it from the Python package index; or name "
            "its folder in source.path",
        )
    return chosen_subjects(config.source, [SUBJECT], str(file))


def list_recordings(config: Config) -> list[tuple[str, int, int]]:
    """List (subject, session, block): one block per trial, in the order of recording."""
    return [(name, 1, block) for name in list_subjects(config) for block in range(1, N_TRIALS + 1)]


def list_files(config: Config, results: str) -> list[str]:
    """List the recording and the stimulus programs."""
    return [str(root(config, results) / FILE), *(str(program(name)) for name in PROGRAMS)]


def list_side_files(config: Config) -> list[str]:
    """Return nothing: one file holds everything."""
    return []
