"""A small results folder that a test may change, and the release made from it."""

from pathlib import Path

import pytest

from tests.builders import build_results
from tests.release.parts import write_generated, write_release
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS

FEW = SEED_DV_CHANNELS[-10:]


@pytest.fixture
def small(tmp_path) -> Path:
    """A results folder with ten channels and an awkward name; the test may change it."""
    folder = tmp_path / "it's a “süß” folder"
    root = build_results(folder, n_subjects=1, n_concepts=3, channels=FEW, truth=False)
    write_generated(root, FEW)
    return root


@pytest.fixture
def make(small):
    """Call `write_release` on `small`; returns the release's folder."""

    def call(**release) -> Path:
        return write_release(small, **release)

    return call
