"""The short console of a run: jobs and time left; Snakemake's lines stay in its log file."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.terminal import on_terminal
from tests.workflow.clone import make_clone, run_snakemake
from tests.workflow.test_commands import said
from videeg_pipe.runtime.console import VARIABLE

pytestmark = pytest.mark.slow

TARGET = "results/clip/model.json"
LOG = r"(\S+\.snakemake\.log)"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    return make_clone(tmp_path_factory.mktemp("console"))


def command(*arguments):
    return [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]


@pytest.fixture
def inside(clone, monkeypatch):
    """Work in the clone, with its package."""
    monkeypatch.chdir(clone)
    monkeypatch.setenv("PYTHONPATH", str(clone / "src"))
    monkeypatch.delenv(VARIABLE, raising=False)
    return clone


def test_a_run_shows_its_jobs_and_keeps_a_complete_log(clone):
    done = run_snakemake(clone, TARGET, console="short")
    assert done.returncode == 0, said(done)
    log = re.search(f"^1 job, .* left; everything in {LOG}$", said(done), re.MULTILINE)[1]
    assert re.search(r"^\[1/1\] clip_model, \d+ s; less than a minute left$", said(done), re.M)
    assert "rule clip_model:" not in said(done) and len(said(done).splitlines()) < 12
    kept = Path(log).read_text(encoding="utf-8")
    assert "rule clip_model:" in kept and "1 of 1 steps (100%) done" in kept
    again = run_snakemake(clone, TARGET, console="short")
    assert "Nothing to be done" in said(again)


def test_a_failed_run_ends_with_the_error_and_where_to_look(clone):
    script = clone / "workflow" / "scripts" / "clip_model.py"
    text = script.read_text()
    script.write_text("import no_such_module\n" + text)
    failed = run_snakemake(clone, TARGET, console="short")
    script.write_text(text)
    lines = said(failed).splitlines()
    assert failed.returncode == 1
    log = re.search(f"see its output in {LOG}; ", lines[-1])[1]
    assert f"failed: clip_model, see {log}" in lines  # its own log is empty
    assert "no_such_module" not in said(failed) and "RuleException" not in said(failed)
    assert lines[-1].startswith("ERROR: a job of clip_model ended without an error")
    assert "No module named 'no_such_module'" in Path(log).read_text(encoding="utf-8")


def test_a_terminal_shows_one_line(inside):
    shown = on_terminal(100, *command(TARGET, "--forcerun", "clip_model"))
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert "━ 0/1  less than a minute left  clip_model" in text
    assert "[1/1]" not in text and "rule clip_model:" not in text
    assert shown.rpartition("\x1b[?25")[2].startswith("h")  # the cursor is back


def test_an_interrupted_run_says_so_and_ends(inside):
    script = inside / "workflow" / "scripts" / "clip_model.py"
    text = script.read_text()
    script.write_text("import time\ntime.sleep(600)\n" + text)
    with subprocess.Popen(
        command(TARGET, "--forcerun", "clip_model"),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        for line in process.stderr:
            if "1 job, " in line:
                break
        time.sleep(1)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        rest = process.stderr.read()
    script.write_text(text)
    assert process.returncode == 1
    assert "Terminating processes on user request" in rest
    assert "Traceback" not in rest
