"""GPUs of a job: each is claimed by one process, until that process ends."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.gpus import VISIBLE, claimed, visible_gpus

CLAIM = """
import sys
from pathlib import Path
from videeg_pipe.runtime.gpus import claimed
with claimed({n}, ["0", "1", "2"], Path({folder!r})) as own:
    print(*own, flush=True)
    input()
"""


def claim(folder, n):
    """Start a process that claims `n` of three GPUs until it gets a line."""
    return subprocess.Popen(
        [sys.executable, "-c", CLAIM.format(n=n, folder=str(folder))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def holder(tmp_path):
    """Start processes that claim GPUs; they end with the test."""
    started = []

    def start(n):
        started.append(claim(tmp_path, n))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_processes_at_once_have_different_gpus(holder):
    first, second, third = (holder(1) for _ in range(3))
    assert sorted(one.stdout.readline() for one in (first, second, third)) == ["0\n", "1\n", "2\n"]


def test_a_gpu_is_free_again_when_its_process_is_killed(holder):
    several = holder(2)
    own = set(several.stdout.readline().split())
    assert len(own) == 2
    one = holder(2)  # only one is free: it waits for another
    time.sleep(1)
    os.set_blocking(one.stdout.fileno(), False)
    assert one.stdout.readline() == ""
    several.send_signal(signal.SIGKILL)
    os.set_blocking(one.stdout.fileno(), True)
    assert len(one.stdout.readline().split()) == 2


def test_gpus_of_a_scheduler_are_used_as_they_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv(VISIBLE, "3")
    with visible_gpus(1) as own, visible_gpus(1) as other:  # no claim that one waits for
        assert own == other == ["3"]
    assert os.environ[VISIBLE] == "3"


def test_a_job_sees_its_gpus_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("videeg_pipe.runtime.gpus.LOCKS", tmp_path)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.delenv(VISIBLE, raising=False)
    with visible_gpus(2) as own:
        assert own == ["0", "1"]
        assert os.environ[VISIBLE] == "0,1"
    assert VISIBLE not in os.environ
    monkeypatch.setenv(VISIBLE, "GPU-a, GPU-b,GPU-c")
    with claimed(1, ["GPU-a"], tmp_path), visible_gpus(1) as own:
        assert own == ["GPU-b"]
        assert os.environ[VISIBLE] == "GPU-b"


def test_without_gpus_a_job_computes_on_the_cpu(monkeypatch):
    monkeypatch.setenv(VISIBLE, "0")
    with visible_gpus(0) as own:
        assert own == []
        assert os.environ[VISIBLE] == ""
    assert os.environ[VISIBLE] == "0"


def test_fewer_gpus_than_asked_for_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with (
        pytest.raises(UserError, match=r"^run\.gpus; expected 2 GPUs .* found 1;"),
        visible_gpus(2),
    ):
        pass
