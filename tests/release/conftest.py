"""A small results folder that a test may change, and the release made from it."""

from pathlib import Path

import pytest

from tests.builders import build_results
from tests.release.parts import release_config, release_inputs, release_outputs, write_generated
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.release.stage import make_release

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
    """Call `make_release` on `small`; returns the release's folder."""

    def call(**release) -> Path:
        make_release(
            inputs=release_inputs(small),
            config=release_config(**release),
            outputs=release_outputs(small / "release"),
        )
        return small / "release"

    return call
