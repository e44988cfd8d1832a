"""Decoders fitted once for all tests."""

from functools import cache

import pytest

from tests.models.decoders.planted import CONFIG, layout_of, planted_clips, split
from videeg_pipe.models.decoders.base import Decoder
from videeg_pipe.models.decoders.checkpoint import make_decoder
from videeg_pipe.models.decoders.clips import Clips
from videeg_pipe.runtime.threads import one_thread


def fit(name: str, clips: Clips, steps: int | None = None, seed: int = 1, **changes) -> Decoder:
    """Fit a decoder on one thread, with fewer steps or other options of its section."""
    config = {section: dict(values) for section, values in CONFIG.items()}
    if steps is not None:
        config["decoders"]["steps"] = steps
    config.get(name.replace("-", "_"), {}).update(changes)
    with one_thread():
        return make_decoder(name, layout_of(clips), config, seed=seed).fit(clips, seed=seed)


@pytest.fixture(scope="session")
def planted() -> tuple[Clips, Clips]:
    """Training and test clips."""
    return split(planted_clips())


@pytest.fixture(scope="session")
def fitted(planted):
    """A function from the name of a decoder to the one fitted to the training clips."""
    return cache(lambda name: fit(name, planted[0]))
