"""Killed at random times and resumed, runs end in one release."""

import shutil

import pytest

from tests.workflow.soak import soak


@pytest.mark.slow
@pytest.mark.parametrize("runs", [1, pytest.param(12, marks=pytest.mark.nightly)])
def test_killed_runs_end_in_the_same_release(finished, tmp_path, runs):
    clone = shutil.copytree(finished, tmp_path / "clone", symlinks=True)
    records = soak(clone, runs, seed=runs)
    assert [record["same"] for record in records] == [True] * runs
    assert [record["leftovers"] for record in records] == [[]] * runs
