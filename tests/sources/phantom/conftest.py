"""One small phantom that the tests look at, and one person who watched it."""

from pathlib import Path

import pytest

from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.sources.phantom.eeg import simulate_eeg
from videeg_pipe.sources.phantom.videos import render_videos

SEED = 5
SUBJECTS = ("sub1", "sub2", "sub3")


def small_phantom(**options) -> PhantomOptions:
    layout = BlockLayout(
        n_blocks=5, concepts_per_block=12, clips_per_concept=5, hint_s=1.0, clip_s=1.5
    )
    return PhantomOptions(**{"layout": layout, "width": 64, "height": 64, **options})


def simulate(config: PhantomOptions, root: Path, subject: str, videos: Path) -> Path:
    """Simulate into `root`; returns the recording, whose truth lies in the folder beside."""
    eeg = root / "EEG" / f"{subject}.npy"
    truth = root / "truth" / f"{subject}.npy"
    simulate_eeg(config, seed=SEED, subject=subject, videos=videos, eeg=eeg, truth=truth)
    return eeg


@pytest.fixture(scope="session")
def config() -> PhantomOptions:
    return small_phantom()


@pytest.fixture(scope="session")
def manifest(tmp_path_factory, config) -> Path:
    path = tmp_path_factory.mktemp("Phantom d'été") / "videos.json"
    render_videos(config, seed=SEED, manifest=path)
    return path


@pytest.fixture(scope="session")
def recordings(config, manifest) -> dict[str, Path]:
    """The recordings of three people."""
    return {name: simulate(config, manifest.parent, name, manifest) for name in SUBJECTS}
