"""Fixtures of the tests of BIDS recordings."""

from pathlib import Path

import pytest


@pytest.fixture
def stem(tmp_path) -> Path:
    """Path of a recording without its extension, in a folder that exists."""
    folder = tmp_path / "sub-01" / "eeg"
    folder.mkdir(parents=True)
    return folder / "sub-01_task-video_eeg"
