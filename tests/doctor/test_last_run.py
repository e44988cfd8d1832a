"""Failed jobs: rule, output, log and line."""

import shlex
import subprocess
from pathlib import Path

import pytest

from videeg_pipe.doctor.last_run import check_last_run
from videeg_pipe.runtime import run_lock
from videeg_pipe.runtime.errors import make_again
from videeg_pipe.runtime.failed_jobs import RECORD, read_failed, write_failed
from videeg_pipe.runtime.run_lock import release_dead_lock

LOG = """\
2026-01-01 00:00:00,000 INFO begin
2026-01-01 00:00:01,000 ERROR a.npy; expected µV
2026-01-01 00:00:02,000 ERROR unexpected error
Traceback (most recent call last):
ValueError: no
"""


def test_no_record_is_no_finding(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert list(check_last_run(tmp_path / "results")) == []


def test_failed_jobs_and_how_to_go_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b.log").write_text(LOG)
    jobs = [
        {"rule": "acquire", "output": ["x"], "log": ["a b.log"], "error": "a.npy; expected µV"},
        {"rule": "train", "output": ["y", "z"], "log": ["a b.log"],
         "error": LOG.split(" ERROR ")[2].strip()},
        {"rule": "graphs", "output": ["g"], "log": ["none.log"], "error": None},
    ]  # fmt: skip
    write_failed(tmp_path, ["snakemake", "--cores", "8", "all"], jobs)
    assert read_failed(tmp_path)["jobs"] == jobs
    acquire, train, graphs, again = check_last_run(tmp_path)
    assert acquire.name == "rule acquire"
    assert acquire.found == "x: a.npy; expected µV (a b.log line 2)"
    assert train.found == "y, z: ValueError: no (a b.log line 3)"
    shown = subprocess.run(train.next_step, shell=True, capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines() == LOG.splitlines()[2:]
    assert "killed" in graphs.found and graphs.next_step == "cat none.log"
    assert again.next_step == "snakemake --cores 8 all"
    (tmp_path / RECORD).unlink()
    assert list(check_last_run(tmp_path)) == []


def test_a_lock_that_a_killed_run_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    locks = tmp_path / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    assert list(check_last_run(tmp_path)) == []
    (locks / "0.input.lock").touch()
    (finding,) = check_last_run(tmp_path)
    assert finding.next_step.startswith("snakemake --unlock")
    release_dead_lock(tmp_path / ".snakemake")  # as the next run begins
    assert not (locks / "0.input.lock").exists()


def test_a_killed_run_names_the_command_that_goes_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    write_failed(tmp_path, ["snakemake", "--cores", "8", "all"], [])
    release_dead_lock(tmp_path / ".snakemake")
    (going_on,) = check_last_run(tmp_path)
    assert going_on.found == "a run goes on in this folder"
    run_lock._HELD.close()
    (killed,) = check_last_run(tmp_path)
    assert killed.next_step == "snakemake --cores 8 all"


def test_the_command_has_what_an_error_advises(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    advised = [("results/eeg/sub 1.json",), ("b", "results/eeg/sub 1.json"), ("c",)]
    jobs = [
        {"rule": "train", "output": ["x"], "log": [], "error": f"a.npy; {make_again(*targets)}"}
        for targets in advised
    ]
    write_failed(tmp_path, ["snakemake", "all", "-R", "a", "b", "--config", "x={y: 1}"], jobs)
    *_, again = check_last_run(tmp_path)
    words = shlex.split(again.next_step)
    assert words[:4] == ["snakemake", "all", "--config", "x={y: 1}"]
    # Snakemake obeys the last of several
    assert words[4:] == ["--forcerun", "a", "b", "results/eeg/sub 1.json", "c"]


@pytest.mark.parametrize(
    "record",
    [
        *("[]", "{", '{"jobs": 3, "command": "x"}', '{"command": "x"}'),
        '{"jobs": [{"rule": 1, "output": 2, "log": 3, "error": 4}], "command": "x"}',
    ],
)
def test_a_damaged_record_is_named_with_the_command_that_removes_it(tmp_path, monkeypatch, record):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my results" / "logs").mkdir(parents=True)
    (tmp_path / "my results" / RECORD).write_text(record)
    (finding,) = check_last_run(Path("my results"))
    assert finding.found.startswith(f"my results/{RECORD}; expected")
    subprocess.run(finding.next_step, shell=True, check=True)
    assert list(check_last_run(Path("my results"))) == []
