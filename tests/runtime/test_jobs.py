"""The frame of a workflow script: log file, one-line errors, tracebacks of defects, GPUs."""

import subprocess
import sys
import time

import pytest
import torch

from videeg_pipe.runtime.jobs import job, last_error

JOB = """
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.jobs import job
with job({log!r}):
    {body}
"""


def run_job(tmp_path, body):
    log = tmp_path / "logs" / "job.log"
    done = subprocess.run(
        [sys.executable, "-c", JOB.format(log=str(log), body=body)], capture_output=True, text=True
    )
    return done, log.read_text()


def test_a_user_error_is_one_line_without_traceback(tmp_path):
    body = "raise UserError('a.npy', expected='62 channels', found='3\\n', next_step='look again')"
    done, log = run_job(tmp_path, body)
    assert done.returncode == 1
    assert done.stderr == ""  # the workflow prints it when all jobs have ended
    assert "ERROR a.npy; expected 62 channels; found 3; look again\n" in log
    assert "Traceback" not in log


def test_a_defect_keeps_its_traceback(tmp_path):
    done, log = run_job(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "Traceback" in log
    assert "ZeroDivisionError" in log


def test_warnings_go_to_the_log(tmp_path):
    done, log = run_job(tmp_path, "import warnings; warnings.warn('odd units')")
    assert done.returncode == 0
    assert "odd units" in log


def test_a_job_without_its_gpus_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    log = tmp_path / "job.log"
    with job(str(log), gpus=1):
        pass
    with pytest.raises(SystemExit), job(str(log), gpus=2):
        pytest.fail("the job began")
    assert last_error(log, 0).startswith("run.gpus; expected 2 GPUs that PyTorch can use; found 1;")


def test_last_error_is_that_of_this_run_with_its_traceback(tmp_path):
    log = tmp_path / "job.log"
    assert last_error(log, 0) is None
    stamp = "2026-11-26 03:52:27,160"
    log.write_text(f"{stamp} ERROR first\n{stamp} ERROR second\nTraceback: é\n{stamp} INFO end\n")
    assert last_error(log, 0) == "second\nTraceback: é"
    assert last_error(log, time.time() + 60) is None
    log.write_text(f"{stamp} INFO no ERROR here\n")
    assert last_error(log, 0) is None
