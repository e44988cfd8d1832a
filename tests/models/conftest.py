"""Fixtures for tests of models."""

import pytest

from videeg_pipe.runtime.threads import one_thread


@pytest.fixture(scope="module")
def single_thread():
    """Small tensors are slower on several threads."""
    with one_thread():
        yield
