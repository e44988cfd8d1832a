"""A settled CLIP that all tests of the stage share."""

import pytest

from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.embed.settle import settle_clip


@pytest.fixture(scope="session")
def untrained(tmp_path_factory):
    """Record of the untrained CLIP."""
    manifest = tmp_path_factory.mktemp("clip") / "model.json"
    settle_clip(EmbedOptions(), seed=42, manifest=manifest)
    return manifest


@pytest.fixture(scope="session")
def local(tmp_path_factory, untrained):
    """Record of a CLIP from a local folder: the same weights under another name."""
    manifest = tmp_path_factory.mktemp("local") / "model.json"
    settle_clip(EmbedOptions(model=str(untrained.parent / "untrained")), seed=1, manifest=manifest)
    return manifest
