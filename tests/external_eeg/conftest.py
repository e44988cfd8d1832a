"""Fixtures of the evaluation tests."""

from pathlib import Path

import pytest

from tests.external_eeg.windows import eeg, write
from videeg_pipe.scoring.fidelity import c2st


@pytest.fixture(autouse=True)
def quick(request, monkeypatch):
    """Skip the classifiers, which take seconds, unless the test requests `classifiers`."""
    if "classifiers" not in request.fixturenames:
        monkeypatch.setattr(c2st, "_LEAST_WINDOWS", 10**6)


@pytest.fixture
def classifiers():
    """Keep the classifiers in this test."""


@pytest.fixture(scope="session")
def arrays(tmp_path_factory) -> tuple[Path, Path]:
    """Paths of real and synthetic windows."""
    folder = tmp_path_factory.mktemp("arrays")
    return write(folder / "real.npy", eeg(1)), write(folder / "synthetic.npy", eeg(2))
