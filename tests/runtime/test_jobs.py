"""The frame of a workflow script: log file, one-line errors, tracebacks of defects, GPUs."""

import os
import shutil
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import torch

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.jobs import job, last_error, needs_the_user, settle_dates

JOB = """
from types import SimpleNamespace
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.jobs import job
with job(SimpleNamespace(**{rule!r})):
    {body}
"""


def rule(tmp_path, outputs=(), inputs=(), **options):
    """Return what a script knows of its rule, with the options of the section `train`."""
    return {
        "log": [str(tmp_path / "logs" / "job.log")],
        "input": [*inputs],
        "output": [*outputs],
        "params": {"config": {"train": options}},
        "config": {"run": {"results": str(tmp_path)}, "train": options},
        "resources": {},
        "rule": "job",
    }


def command(tmp_path, body, *args, **options):
    return [sys.executable, "-c", JOB.format(rule=rule(tmp_path, *args, **options), body=body)]


def run_job(tmp_path, body, *args, **options):
    run = command(tmp_path, body, *args, **options)
    done = subprocess.run(run, capture_output=True, text=True)
    return done, (tmp_path / "logs" / "job.log").read_text()


def test_a_user_error_is_one_line_without_traceback(tmp_path):
    body = "raise UserError('a.npy', expected='62 channels', found='3\\n', next_step='look again')"
    done, log = run_job(tmp_path, body)
    assert done.returncode == 1
    assert done.stderr == ""  # the workflow prints it when all jobs have ended
    assert "ERROR a.npy; expected 62 channels; found 3; look again\n" in log
    assert "Traceback" not in log


def test_a_warning_with_a_foreign_name_cannot_control_the_terminal(tmp_path):
    body = (
        "import logging; logging.getLogger('videeg_pipe').warning('channel O1\\x1b[2J\\nis flat')"
    )
    done, log = run_job(tmp_path, body)
    assert done.stderr == "WARNING: channel O1\\x1b[2J\nis flat\n"
    assert "WARNING channel O1\\x1b[2J\nis flat\n" in log and "\x1b" not in log


def test_a_defect_keeps_its_traceback(tmp_path):
    done, log = run_job(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "Traceback" in log
    assert "ZeroDivisionError" in log


def test_the_log_has_place_for_the_error_of_a_full_disk(small_disk):
    output, filler = str(small_disk / "out.npy"), str(small_disk / "filler")
    done, log = run_job(small_disk, f"open({filler!r}, 'wb').write(bytes(2**20))", [output])
    assert done.returncode == 1
    assert done.stderr == ""
    assert shutil.disk_usage(small_disk).free < 1 << 15
    assert f"ERROR {output}; expected space on the disk; found a full disk" in log
    assert (small_disk / "logs" / "job.log").stat().st_blocks * 512 < 1 << 15


def test_a_used_up_quota_needs_the_user(tmp_path):
    output = tmp_path / "out.npy"
    lines = (
        "import resource; from pathlib import Path; import numpy as np",
        "from videeg_pipe.runtime.files import write_npy",
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))",
        f"write_npy(Path({str(output)!r}), np.ones(100_000))",
    )
    done, log = run_job(tmp_path, "; ".join(lines), [str(output)])
    assert done.returncode == 1
    assert f"ERROR {output}; expected space on the disk for more than 0.1 MB; found a full" in log
    assert needs_the_user(tmp_path / "logs" / "job.log", 0)


def test_warnings_go_to_the_log(tmp_path):
    done, log = run_job(tmp_path, "import warnings; warnings.warn('odd units')")
    assert done.returncode == 0
    assert "odd units" in log


def test_a_job_without_its_gpus_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr("videeg_pipe.runtime.gpus.LOCKS", tmp_path)
    known = SimpleNamespace(**rule(tmp_path) | {"resources": {"gpu": 1}})
    with job(known):
        pass
    known.resources["gpu"] = 2
    with pytest.raises(SystemExit), job(known):
        pytest.fail("the job began")
    log = tmp_path / "logs" / "job.log"
    assert last_error(log, 0).startswith("run.gpus; expected 2 GPUs that PyTorch can use; found 1;")


def test_a_job_without_gpus_sees_none(tmp_path):
    body = "import os; print([os.environ['CUDA_VISIBLE_DEVICES']])"
    assert run_job(tmp_path, body)[0].stdout == "['']\n"


def test_full_memory_of_a_gpu_is_an_error_that_is_not_retried(tmp_path):
    raised = "torch.cuda.OutOfMemoryError('CUDA out of memory. Tried to allocate 2.00 GiB.')"
    done, log = run_job(tmp_path, f"import torch; raise {raised}", batch_size=64)
    assert done.returncode == 1
    assert "Traceback" not in log
    assert "found too little to allocate 2.00 GiB more; lower train.batch_size (now 64)\n" in log
    assert needs_the_user(tmp_path / "logs" / "job.log", 0)


def test_the_error_of_one_process_counts_more_than_its_loss_noticed_by_another(tmp_path):
    raised = "UserError('a', expected='b', found='c', next_step='d'"
    again = f"from videeg_pipe.runtime.errors import UserError; raise {raised})"
    further = command(tmp_path, again)
    run_job(tmp_path, f"import subprocess; subprocess.run({further!r}); raise {raised}, passing=1)")
    log = tmp_path / "logs" / "job.log"
    assert log.read_text().count("ERROR a; expected b") == 2
    assert needs_the_user(log, 0)


def test_last_error_is_that_of_this_run_with_its_traceback(tmp_path):
    log = tmp_path / "job.log"
    assert last_error(log, 0) is None
    stamp = "2026-11-26 03:52:27,160"
    log.write_text(f"{stamp} ERROR first\n{stamp} ERROR second\nTraceback: é\n{stamp} INFO end\n")
    assert last_error(log, 0) == "second\nTraceback: é"
    assert last_error(log, time.time() + 60) is None
    log.write_text(f"{stamp} INFO no ERROR here\n")
    assert last_error(log, 0) is None


def test_outputs_are_out_of_date_until_snakemake_accepts_them(tmp_path):
    made, kept = tmp_path / "made", tmp_path / "kept"
    kept.touch()
    run_job(tmp_path, f"open({str(made)!r}, 'w')", [str(made)])
    assert made.stat().st_mtime == 0
    run_job(tmp_path, "raise UserError('a', expected='b', found='c', next_step='d')", [str(kept)])
    assert kept.stat().st_mtime > 0


def test_an_input_made_with_other_options_stops_the_job(tmp_path):
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    done, _ = run_job(tmp_path, f"open({first!r}, 'w')", [first], epochs=2)
    assert done.returncode == 0, done.stderr
    write = f"open({second!r}, 'w').write('made')"
    refused, _ = run_job(tmp_path, write, [second], [first], epochs=3)
    assert refused.returncode == 1
    assert not (tmp_path / "second").exists()
    expected = "expected a file made with train.epochs 3; found one made with train.epochs 2; "
    assert f"{first}; {expected}" in last_error(tmp_path / "logs" / "job.log", 0)
    done, _ = run_job(tmp_path, write, [second], [first], epochs=2)
    assert done.returncode == 0, done.stderr


def test_the_same_job_does_not_run_twice_at_once(tmp_path):
    with subprocess.Popen(
        command(tmp_path, "print('begun', flush=True); input()"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout.readline() == "begun\n"
        second, _ = run_job(tmp_path, "print('begun')")
        assert second.returncode == 1
        assert second.stdout == ""
        assert f"found process {first.pid} on" in last_error(tmp_path / "logs" / "job.log", 0)
        first.communicate("\n")
        assert first.returncode == 0
    assert run_job(tmp_path, "print('begun')")[0].stdout == "begun\n"


def test_processes_of_a_job_share_its_lock_and_log(tmp_path):
    rank = command(tmp_path, "import logging; logging.info('all ranks'); logging.warning('rank 1')")
    body = "import logging, subprocess; logging.getLogger().info('rank 0'); "
    done, log = run_job(tmp_path, body + f"subprocess.run({rank!r}, check=True)")
    assert done.returncode == 0, done.stderr
    assert "rank 0" in log
    assert "rank 1" in log
    assert "all ranks" not in log  # what the first one says too


def test_an_error_of_a_further_process_after_which_another_attempt_may_succeed(tmp_path):
    raised = "UserError('a', expected='b', found='c', next_step='d', passing=True)"
    body = f"from videeg_pipe.runtime.errors import UserError; raise {raised}"
    further = command(tmp_path, body)
    first = f"import subprocess, sys; sys.exit(subprocess.run({further!r}).returncode)"
    done, log = run_job(tmp_path, first)
    assert done.returncode == 1
    assert "ERROR a; expected b" in log
    assert not needs_the_user(tmp_path / "logs" / "job.log", 0)


def test_results_dated_in_the_future_get_the_present_date(tmp_path):
    paths = [tmp_path / name for name in ("before.json", "after.json")]
    for path, ahead_s in zip(paths, (-60, 3600), strict=True):
        path.touch()
        os.utime(path, (time.time() + ahead_s,) * 2)
    before = paths[0].stat().st_mtime
    settle_dates(map(str, paths), tmp_path)
    assert paths[0].stat().st_mtime == before
    assert abs(paths[1].stat().st_mtime - time.time()) < 60


def test_recordings_dated_in_the_future_are_refused_with_a_command(tmp_path):
    folder = tmp_path / "my data"
    folder.mkdir()
    for name in ("a.npy", "b.npy"):
        (folder / name).touch()
        os.utime(folder / name, (time.time() + 3600,) * 2)
    inputs = [str(path) for path in sorted(folder.iterdir())]
    with pytest.raises(
        UserError, match=r"a\.npy; expected a file dated in the past; found 2"
    ) as one:
        settle_dates(inputs, tmp_path / "results")
    command = str(one.value).split(" or run: ")[1]
    subprocess.run(command, shell=True, check=True)
    settle_dates(inputs, tmp_path / "results")
