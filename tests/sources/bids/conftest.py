"""Fixtures of the tests of BIDS recordings."""

from pathlib import Path

import pytest


@pytest.fixture
def stem(tmp_path) -> Path:
    """Path of a recording without its extension, in a folder that exists."""
    folder = tmp_path / "sub-01" / "eeg"
    folder.mkdir(parents=True)
    return folder / "sub-01_task-video_eeg"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Folder of a person's EEG in a data set."""
    (tmp_path / "dataset_description.json").write_text("{}")
    eeg = tmp_path / "sub-01" / "eeg"
    eeg.mkdir(parents=True)
    return eeg
