"""The results of a small run with everything that there is to explore."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from starlette.testclient import TestClient

from tests.drawn import numbered, write_video
from tests.generators import CHANNELS
from tests.packed import pack, packable
from tests.release.parts import write_generated, write_release
from videeg_pipe.contracts.tables import write_table
from videeg_pipe.explore.app import make_app
from videeg_pipe.explore.contents import find_contents

ADDRESS = "http://127.0.0.1:8765"


def client_of(path: Path, model: Path | None = None, **options) -> TestClient:
    """Return a client of the page of a path, as a browser on this computer."""
    return TestClient(make_app(find_contents(path, model)), base_url=ADDRESS, **options)


@pytest.fixture(scope="session")
def run(tmp_path_factory, untrained) -> Path:
    """Release, recordings, one video of three, and a generator of the same people; read-only."""
    root = tmp_path_factory.mktemp("run")
    inputs = packable(root, untrained)
    subjects = ["sub1", "sub2"]
    key = pd.DataFrame({"subject": subjects, "released_as": subjects})
    key.to_csv(inputs.path("key"), index=False)
    pack(inputs, root / "generator")
    write_generated(root, CHANNELS)
    write_release(root)
    video = write_video(root / "video1.mp4", map(numbered, range(24 * 28)))
    table = pd.read_parquet(root / "manifest" / "videos.parquet")
    table["path"] = [str(video), *table["path"][1:]]
    write_table(root / "manifest" / "videos.parquet", "videos", table)
    return root


@pytest.fixture(scope="session")
def client(run) -> TestClient:
    """A client of the page of the whole run."""
    return client_of(run)


@pytest.fixture(scope="session")
def alone(run, tmp_path_factory) -> Path:
    """A copy of the release, without the run."""
    folder = tmp_path_factory.mktemp("copy")
    return Path(shutil.copy(run / "release" / "videeg-gen.h5", folder / "videeg-gen.h5"))
