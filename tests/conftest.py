"""Fixtures of several folders: results, a release and CLIP, each built once per session."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from tests.builders import build_results
from tests.drawn import write_video
from tests.release.parts import write_generated, write_release
from tests.shared import built_once
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS


def pytest_configure() -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if "VIDEEG_TEST_SEED" in os.environ:
        from tests.seeds import shift_seeds

        shift_seeds()


_SLOW_FIXTURES = {"scored", "recordings"}  # a scored generator, a simulated person


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their fixtures, and start with the slow ones: workers finish together."""
    for item in items:
        if _SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture
def on_cpu(monkeypatch) -> None:
    """Compute on the CPU also where there is a GPU: results are compared bit by bit."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """A read-only results folder with planted structure: 2 people, 64 test windows."""
    return build_results(tmp_path_factory.mktemp("résultats d'été"), n_concepts=8)


@pytest.fixture(scope="session")
def scored(built, tmp_path_factory) -> Path:
    """A read-only folder of the report's inputs, of an untrained generator."""
    return built_once(tmp_path_factory, "scored", lambda folder: _score(built, folder))


def _score(built: Path, folder: Path) -> None:
    """Write the inputs of the report."""
    from tests.scoring.test_stage import run, with_generator

    results = with_generator(built)
    run(results, folder)
    for file in ("release/videeg-gen.h5", "release/SHA256SUMS", "eeg/index.json"):
        shutil.copy(results / file, folder)
    for table in ("videos", "findings", "recordings"):
        shutil.copy(results / "manifest" / f"{table}.parquet", folder)
    shutil.copy(results / "windows.parquet", folder)
    epochs = np.arange(1, 6)
    history = pd.DataFrame(
        {"epoch": epochs, "train_diffusion": 1 / epochs, "validation_diffusion": 2 / epochs}
    )
    history.to_parquet(folder / "history.parquet")
    for job, seconds in {"train_spgn": 60.5, "preprocess_sub1": 2, "preprocess_sub2": 3}.items():
        (folder / f"{job}.tsv").write_text(f"s\tmax_rss\n{seconds}\t512.5\n")


@pytest.fixture
def scores(scored) -> dict:
    """metrics.json of `scored`, which the test may change."""
    return json.loads((scored / "metrics.json").read_text())


@pytest.fixture(scope="session")
def results(tmp_path_factory) -> tuple[Path, np.ndarray]:
    """A read-only results folder of 62 channels and its samples, (n, 62, 200)."""
    root = build_results(tmp_path_factory.mktemp("whole"), n_released=70, truth=False)
    return root, write_generated(root, SEED_DV_CHANNELS)


@pytest.fixture(scope="session")
def released(results) -> Path:
    """The folder of the release made from `results`; read-only."""
    root, _ = results
    return write_release(root)


@pytest.fixture(scope="session")
def in_volumes(results) -> Path:
    """The folder of the same release in three volumes, of 30, 30 and 10 samples; read-only."""
    root, eeg = results
    return write_release(root, name="in volumes", max_bytes=30 * eeg[0].nbytes + 1)


@pytest.fixture(scope="session")
def untrained(tmp_path_factory) -> Path:
    """Record of the untrained CLIP."""
    from videeg_pipe.embed.clip_model import prepare_clip

    manifest = tmp_path_factory.mktemp("clip") / "model.json"
    prepare_clip(EmbedOptions(), seed=42, manifest=manifest)
    return manifest


@pytest.fixture(scope="session")
def local(tmp_path_factory, untrained) -> Path:
    """Record of a CLIP from a local folder: the same weights under another name."""
    from videeg_pipe.embed.clip_model import prepare_clip

    manifest = tmp_path_factory.mktemp("local") / "model.json"
    prepare_clip(EmbedOptions(model=str(untrained.parent / "untrained")), seed=1, manifest=manifest)
    return manifest


@pytest.fixture(scope="session")
def packable_inputs(tmp_path_factory, untrained) -> Inputs:
    """Everything that a tiny generator is packed from; read-only."""
    from tests.packed import packable

    return packable(tmp_path_factory.mktemp("packable"), untrained)


@pytest.fixture(scope="session")
def packed(tmp_path_factory, packable_inputs) -> Path:
    """Folder of a tiny packed generator for two people; read-only."""
    from tests.packed import pack

    return pack(packable_inputs, tmp_path_factory.mktemp("packed") / "generator")


@pytest.fixture(scope="session")
def flashing(tmp_path_factory) -> Path:
    """A video of 2.5 s whose luminance changes every half second; read-only."""
    levels = [40 if frame // 12 % 2 else 200 for frame in range(60)]
    pictures = (np.full((64, 64, 3), level, np.uint8) for level in levels)
    return write_video(tmp_path_factory.mktemp("video") / "flashing.mp4", pictures)


@pytest.fixture(scope="session")
def reconstructed(tmp_path_factory) -> Path:
    """Results of the decode branch, with a planted signal; read-only (tests/decode/world.py)."""
    from tests.decode.world import build_reconstructions

    return built_once(tmp_path_factory, "reconstructed", build_reconstructions)


@pytest.fixture
def small_disk(tmp_path):
    """A file system with 256 kB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", tmp_path]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)
