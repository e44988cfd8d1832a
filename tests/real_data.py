"""Real recordings beside the repository."""

import os
from pathlib import Path

import pytest

REAL_BIDS = Path(__file__).parents[2] / "shared" / "data" / "real-bids"


def real_bids() -> Path:
    """Folder of the real BIDS data set; without it the test is skipped, in CI it fails."""
    if not REAL_BIDS.is_dir():
        message = f"no real recordings under {REAL_BIDS}"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return REAL_BIDS
