"""The frame of a workflow script: log file, one-line errors, tracebacks of defects."""

import subprocess
import sys

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
    line = "a.npy; expected 62 channels; found 3; look again"
    assert done.stderr.strip() == f"ERROR: {line}"
    assert line in log
    assert "Traceback" not in log


def test_a_defect_keeps_its_traceback(tmp_path):
    done, log = run_job(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "ZeroDivisionError" in log


def test_warnings_go_to_the_log(tmp_path):
    done, log = run_job(tmp_path, "import warnings; warnings.warn('odd units')")
    assert done.returncode == 0
    assert "odd units" in log
