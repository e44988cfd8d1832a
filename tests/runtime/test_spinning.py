"""Waiting threads of OpenMP."""

import os

from videeg_pipe.runtime.spinning import limit_spinning


def test_limits_are_set_unless_the_environment_has_its_own(monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "5")
    monkeypatch.setenv("KMP_BLOCKTIME", "")  # restored after the test
    monkeypatch.delenv("KMP_BLOCKTIME")
    limit_spinning()
    assert (os.environ["GOMP_SPINCOUNT"], os.environ["KMP_BLOCKTIME"]) == ("5", "1")
