"""A job that outlives a killed Snakemake replaces no result of the next run."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.workflow.clone import run_snakemake, write_config
from tests.workflow.test_commands import said
from tests.workflow.test_failed_reruns import copy, rules_run, run
from videeg_pipe.runtime.files import read_json, sha256_file

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

MODEL = "results/models/spgn/model.json"


def wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


def abandoned_training(clone: Path) -> int:
    """Begin a training with another learning rate, stop it and kill Snakemake; return its id."""
    log, lock = (clone / "results" / "logs" / f"train_spgn.{end}" for end in ("log", "lock"))
    lock.unlink(missing_ok=True)
    write_config(clone / "edit.yaml", train={"learning_rate": 0.002, "epochs": 3})
    options = ["--cores", "2", "--configfile", "tiny.yaml", "edit.yaml"]
    with subprocess.Popen(
        [sys.executable, "-m", "snakemake", MODEL, *options],
        cwd=clone,
        env=os.environ | {"PYTHONPATH": str(clone / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        wait_for(lambda: lock.exists() and lock.read_text() and "epoch 1" in log.read_text())
        process = int(re.search(r"process (\d+)", lock.read_text())[1])
        os.kill(process, signal.SIGSTOP)
        running.kill()
    run_snakemake(clone, "--unlock")
    return process


def test_an_abandoned_training_does_not_replace_the_next_one(finished, tmp_path):
    clone = copy(finished, tmp_path / "clone")
    checkpoint = clone / "results" / "models" / "spgn" / "checkpoint.safetensors"
    wanted = sha256_file(checkpoint)
    process = abandoned_training(clone)
    try:
        refused = run(clone, MODEL)
        assert refused.returncode != 0
        assert f"found process {process} on" in said(refused)
        assert sha256_file(checkpoint) == wanted
        os.kill(process, signal.SIGCONT)
        wait_for(lambda: not alive(process))
    finally:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    assert read_json(clone / MODEL)["config"]["train"]["learning_rate"] == 0.002
    again = run(clone, MODEL)
    assert again.returncode == 0, said(again)
    assert rules_run(again) == ["train"]
    assert sha256_file(checkpoint) == wanted
    assert "Nothing to be done" in said(run(clone, MODEL))
