"""Folders that the workers of a test session share."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """Return a read-only folder, which the first worker to need it builds while others wait.

    Args:
        factory: pytest's temporary folders.
        name: Name of the folder, unique within the session.
        build: Function that fills the empty folder.
    """
    session = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        session = session.parent
    folder, finished = session / name, session / f"{name}.finished"
    with (session / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)  # left by a build that failed
            folder.mkdir()
            build(folder)
            finished.touch()
    return folder
