"""The console of a run: what reaches it, in a pipe and on a terminal."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.terminal import on_terminal

FEED = """\
import json, logging, os, subprocess, sys
from pathlib import Path
from videeg_pipe.runtime.console import Console

folder = Path(sys.argv[1])
full = logging.StreamHandler(sys.stderr)
console = Console(full, folder / "snakemake.log", folder / "benchmarks")
for event, msg, facts in json.loads((folder / "records.json").read_text()):
    level = facts.pop("level", "INFO")
    record = logging.LogRecord("s", getattr(logging, level), "s.py", 1, msg, None, None)
    record.__dict__.update(facts, event=event)
    console.handle(record)
    if event == "job_info":  # the job warns on its own
        subprocess.run([sys.executable, "-c", "import sys; print('printed', file=sys.stderr)"])
console.finish()
print("Release results", file=sys.stderr)
"""
WARNING = "2026-01-01 00:00:00,000 WARNING amplitudes"


def job(number, rule, log=(), **wildcards):
    facts = {"jobid": number, "rule_name": rule, "wildcards": wildcards, "log": list(log)}
    return ["job_info", "x", facts]


@pytest.fixture
def command(tmp_path):
    """Return a function that writes records, and returns the command that shows them."""
    (tmp_path / "feed.py").write_text(FEED)
    (tmp_path / "job.log").write_text(f"{WARNING}\n{WARNING}\nTraceback\n")
    log = [str(tmp_path / "job.log")]

    def write(*more):
        records = [
            [None, "Assuming a shared file system", {}],
            ["workflow_started", "banner", {}],
            [None, "Building DAG of jobs...", {}],
            ["run_info", "Job stats", {"stats": {"acquire": 1, "train": 1, "all": 1, "total": 3}}],
            job(1, "acquire", log, subject="sub1"),
            ["shellcmd", "cmd", {}],
            ["job_finished", "Finished jobid: 1", {"job_id": 1}],
            ["progress", None, {"done": 1, "total": 3}],
            job(2, "train", log),
            *more,
        ]
        (tmp_path / "records.json").write_text(json.dumps(records))
        return [sys.executable, str(tmp_path / "feed.py"), str(tmp_path)]

    return write


FINISHED = (
    ["job_finished", "Finished jobid: 2", {"job_id": 2}],
    job(3, "all"),
    ["job_finished", "Finished jobid: 3", {"job_id": 3}],
)


def test_a_pipe_gets_a_line_per_finished_job(command, tmp_path):
    done = subprocess.run(command(*FINISHED), capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "Assuming a shared file system",
        f"3 jobs, about 3 min left; everything in {tmp_path}/snakemake.log",
        "WARNING: amplitudes",
        "[1/3] acquire sub1, 0 s; about 3 min left",
        "[2/3] train, 0 s; less than a minute left",
        "Release results",
    ]
    assert (tmp_path / "snakemake.log").read_text() == 3 * "printed\n"


def test_a_job_that_did_not_begin_does_not_show_an_earlier_log(command, tmp_path):
    error = {"jobid": 2, "rule_name": "train", "log": [str(tmp_path / "job.log")]}
    os.utime(tmp_path / "job.log", (0, 0))
    done = subprocess.run(
        command(["job_error", "Error", error]), capture_output=True, text=True, check=True
    )
    assert f"failed: train, see {tmp_path / 'snakemake.log'}" in done.stderr.splitlines()


def test_failures_and_other_errors_are_shown_once(command, tmp_path):
    log = tmp_path / "train.log"
    log.touch()
    os.utime(log, (2**32, 2**32))  # after the console began
    error = {"jobid": 2, "rule_name": "train", "log": [str(log)], "level": "ERROR"}
    command_error = "RuleException:\nCalledProcessError in file"
    done = subprocess.run(
        command(
            ["error", command_error, {"level": "ERROR"}],
            ["job_error", "Error in rule train", error],
            [None, "Trying to restart job 2.", {}],
            [None, "Cannot restore x: no backup found.", {"level": "WARNING"}],
            ["error", "WorkflowError:\nNo rule", {"level": "ERROR"}],
            ["job_error", "incomplete", {"level": "ERROR"}],  # lacks what it should have
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stderr.splitlines()[4:]
    assert lines[:4] == [
        f"failed: train, see {log}",
        "Trying to restart job 2.",
        "WorkflowError:",
        "No rule",
    ]
    assert lines[4] == "--- Logging error ---"  # what is shown must not end a run
    assert lines[-1] == "Release results"


def test_a_terminal_gets_a_line_that_changes(command):
    shown = on_terminal(70, *command(*FINISHED))
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert re.search(r"━ 0/3  about 3 min left", text)
    assert "WARNING: amplitudes\r\n" in text and "printed" not in text
    assert "[1/3]" not in text
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1  # the cursor is back
    after = shown.rpartition("\x1b[?25h")[2]
    assert after.endswith("Release results\r\n") and "\x1b[2K" in after  # the line is gone


def test_a_narrow_terminal_cuts_the_stage_alone(command):
    shown = on_terminal(50, *command(job(4, "a" * 60)))
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    lines = [line for line in re.split(r"[\r\n]+", text) if "1/3" in line]
    assert lines and all(len(line) == 50 and line.endswith("a…") for line in lines[-1:])
    assert " 1/3  about 3 min left  train, " in lines[-1]
