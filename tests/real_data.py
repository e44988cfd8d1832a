"""Real recordings beside the repository."""

import os
from pathlib import Path

import pytest

_DATA = Path(__file__).parents[2] / "shared" / "data"
REAL_BIDS = _DATA / "real-bids"


def real_bids() -> Path:
    """Folder of the real BIDS data set; without it the test is skipped, in CI it fails."""
    return _present(REAL_BIDS)


def real_fpvs() -> Path:
    """Folder of the real picture stream; without it the test is skipped, in CI it fails."""
    return _present(_DATA / "real-fpvs")


def real_ssvep() -> Path:
    """Folder of the real flicker; without it the test is skipped, in CI it fails."""
    return _present(_DATA / "real-ssvep")


def _present(folder: Path) -> Path:
    if not folder.is_dir():
        message = f"no real recordings under {folder}"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return folder
