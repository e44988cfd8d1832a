"""Errors, jobs, seeds, montage, bands and progress."""

import logging
import pickle
import subprocess
import sys

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed

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


def test_a_user_error_comes_whole_out_of_another_process():
    error = UserError("a.npy", expected="62 channels", found="3", next_step="look again")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (UserError, str(error))


def test_a_defect_keeps_its_traceback(tmp_path):
    done, log = run_job(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "ZeroDivisionError" in log


def test_warnings_go_to_the_log(tmp_path):
    done, log = run_job(tmp_path, "import warnings; warnings.warn('odd units')")
    assert done.returncode == 0
    assert "odd units" in log


def test_seeds_depend_on_names_alone():
    assert derive_seed(42, "sub1", "w1") == derive_seed(42, "sub1", "w1") == 165498694025842388
    others = {
        derive_seed(42, "sub1w1"),
        derive_seed(43, "sub1", "w1"),
        derive_seed(42, "sub", "1w1"),
    }
    assert len(others | {derive_seed(42, "sub1", "w1")}) == 4
    assert all(0 <= seed < 2**63 for seed in others)


def test_progress_yields_everything_and_says_so(caplog):
    with caplog.at_level(logging.INFO):
        assert list(progress(range(5), "windows")) == [0, 1, 2, 3, 4]
    assert caplog.messages == ["windows: 5/5 done"]
