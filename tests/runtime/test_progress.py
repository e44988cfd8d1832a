"""Progress yields all items and logs their number and the time left."""

import io
import logging
import sys
from types import SimpleNamespace

import pytest

from videeg_pipe.runtime import progress as module
from videeg_pipe.runtime.progress import progress


def test_progress_yields_all_items_and_logs_their_number(caplog):
    with caplog.at_level(logging.INFO):
        assert list(progress(range(5), "windows")) == [0, 1, 2, 3, 4]
    assert caplog.messages == ["windows: 5/5 done"]


@pytest.mark.parametrize("part", [False, True])
def test_long_work_logs_the_time_left(caplog, monkeypatch, part):
    clock = iter([0.0, 6.0, 12.0, 18.0, 24.0])  # the start, then after each of four items
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with caplog.at_level(logging.INFO):
        assert list(progress(iter("abcd"), "train", 4, part=part)) == list("abcd")
    lines = ["train: 2/4, 00:12 left", "train: 4/4, 00:00 left", "train: 4/4 done"]
    assert caplog.messages == lines[: 2 if part else 3]


def test_items_of_an_interrupted_run_count(caplog, monkeypatch):
    clock = iter([0.0, 12.0, 24.0])
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with caplog.at_level(logging.INFO):
        assert list(progress(range(5, 7), "epochs", before=5)) == [5, 6]
    assert caplog.messages == [
        "epochs: 6/7, 00:12 left",
        "epochs: 7/7, 00:00 left",
        "epochs: 7/7 done",
    ]


def test_a_terminal_shows_a_bar_with_the_time_left(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(progress(range(3), "train")) == [0, 1, 2]
    assert "train:   0%|" in terminal.getvalue()
    assert "0/3 [00:00<?" in terminal.getvalue()
