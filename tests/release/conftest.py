"""One release for all tests that only read it."""

from pathlib import Path

import numpy as np
import pytest

from tests.builders import build_results
from tests.release.parts import release_config, release_inputs, release_outputs, write_generated
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.release.make import make_release

FEW = SEED_DV_CHANNELS[-10:]


@pytest.fixture(scope="session")
def results(tmp_path_factory) -> tuple[Path, np.ndarray]:
    """Results folder with 62 channels and the samples, (n, 62, 200); never to be changed."""
    root = build_results(tmp_path_factory.mktemp("whole"), n_released=70, truth=False)
    return root, write_generated(root, SEED_DV_CHANNELS)


@pytest.fixture(scope="session")
def released(results) -> Path:
    """The release made of it."""
    root, _ = results
    folder = root / "release"
    make_release(
        inputs=release_inputs(root), config=release_config(), outputs=release_outputs(folder)
    )
    return folder


@pytest.fixture
def small(tmp_path) -> Path:
    """A results folder with ten channels that a test may spoil, under an awkward name."""
    folder = tmp_path / "it's a “süß” folder"
    root = build_results(folder, n_subjects=1, n_concepts=3, channels=FEW, truth=False)
    write_generated(root, FEW)
    return root


@pytest.fixture
def make(small):
    """Call `make_release` on it."""

    def call(**release) -> Path:
        make_release(
            inputs=release_inputs(small),
            config=release_config(**release),
            outputs=release_outputs(small / "release"),
        )
        return small / "release"

    return call
