"""Failed jobs on a real Slurm: what is repeated, and what a run says of them."""

import re
import subprocess
import time

import pytest

from tests.cluster.conftest import snakemake
from videeg_pipe.doctor.last_run import check_last_run
from videeg_pipe.runtime.files import sha256_file

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

CLIPS = "results/manifest/clips.parquet"
ON_SLURM = ("--profile", "slurm", CLIPS)


@pytest.fixture(scope="module")
def acquired(run, cluster_clone):
    """The clone with the tables of the phantom, made on Slurm in one job."""
    done = run(*snakemake(*ON_SLURM))
    assert done.returncode == 0, done.stdout
    assert submitted(done) == 1
    return cluster_clone


def submitted(done) -> int:
    return len(re.findall(r"has been submitted with SLURM jobid \d+", done.stdout))


def test_an_error_of_the_user_is_not_repeated(acquired, run):
    failed = run(*snakemake(*ON_SLURM, "--config", "source={units: V}"))
    assert failed.returncode == 1
    assert re.match(r"ERROR: .* V with source\.units V; found", failed.stdout.splitlines()[-1])
    assert submitted(failed) == 1
    assert "Trying to restart" not in failed.stdout


def test_a_defect_is_repeated_with_more_memory(acquired, run):
    script = acquired / "workflow" / "scripts" / "acquire.py"
    text = script.read_text()
    script.write_text(text.replace("with job(snakemake):", "with job(snakemake):\n    1 / 0"))
    failed = run(*snakemake(*ON_SLURM))
    script.write_text(text)
    assert failed.returncode == 1
    assert failed.stdout.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert submitted(failed) == 2
    assert {"4000", "8000"} <= set(re.findall(r"mem_mb=(\d+)", failed.stdout)), failed.stdout
    assert {"60", "120"} <= set(re.findall(r"runtime=(\d+)", failed.stdout)), failed.stdout


def test_a_job_killed_for_memory_is_repeated_with_more(acquired, run):
    script = acquired / "workflow" / "scripts" / "acquire.py"
    text = script.read_text()
    takes = "    import time\n    held = b'x' * 5_000_000_000\n    time.sleep(6)\n    del held\n"
    tables = sha256_file(acquired / CLIPS)
    script.write_text(text.replace("with job(snakemake):\n", "with job(snakemake):\n" + takes))
    done = run(*snakemake(*ON_SLURM))
    script.write_text(text)
    assert done.returncode == 0, done.stdout
    assert submitted(done) == 2
    assert {"4000", "8000"} <= set(re.findall(r"mem_mb=(\d+)", done.stdout)), done.stdout
    assert sha256_file(acquired / CLIPS) == tables


def test_a_job_that_slurm_refuses_does_not_show_an_earlier_log(acquired, run, monkeypatch):
    log = acquired / "results" / "logs" / "acquire.log"
    assert log.is_file()
    profile = acquired / "slurm" / "config.yaml"
    text = profile.read_text()
    profile.write_text(text.replace("# slurm_partition: normal", "slurm_partition: nowhere"))
    monkeypatch.chdir(acquired)
    failed = run(*snakemake(*ON_SLURM, "--forcerun", "acquire"), console="short")
    profile.write_text(text)
    assert failed.returncode == 1
    assert submitted(failed) == 0
    last = failed.stdout.splitlines()[-1]
    assert last.startswith("ERROR: a job of acquire; expected that Slurm takes it"), failed.stdout
    assert "nowhere" in last
    assert "acquire.log" not in failed.stdout
    rule, *_ = check_last_run(acquired / "results")
    assert rule.next_step == "videeg doctor --slurm"


def test_a_group_that_the_plugin_refuses_ends_the_run(acquired, run):
    profile = acquired / "slurm" / "config.yaml"
    text = profile.read_text()
    extra = "default-resources:\n  slurm_extra: \"'--partition=gpu'\""
    profile.write_text(text.replace("default-resources:", extra))
    failed = run(*snakemake(*ON_SLURM, "--forcerun", "acquire"), console="short")
    profile.write_text(text)
    assert failed.returncode == 1, failed.stdout
    assert submitted(failed) == 0
    assert "partition" in failed.stdout.splitlines()[-1], failed.stdout


def job_in_state(state):
    """Wait until Slurm has a job in this state; return its number."""
    for _ in range(6000):
        listed = ["squeue", "--noheader", "--format=%i", f"--states={state}"]
        jobs = subprocess.check_output(listed, text=True).split()
        if jobs:
            return jobs[-1]
        time.sleep(0.1)
    raise AssertionError(f"no job is {state}")


def test_a_cancelled_job_is_submitted_once_more(acquired, run):
    tables = sha256_file(acquired / CLIPS)
    done = run(
        *snakemake(*ON_SLURM, "--forcerun", "acquire"),
        meanwhile=lambda _: subprocess.run(["scancel", job_in_state("RUNNING")], check=True),
    )
    assert done.returncode == 0, done.stdout
    assert submitted(done) == 2
    assert sha256_file(acquired / CLIPS) == tables


def test_a_node_whose_daemon_dies_and_comes_back_loses_no_job(acquired, run, slurm):
    tables = sha256_file(acquired / CLIPS)

    def outage(_):
        job_in_state("RUNNING")
        time.sleep(3)  # the controller says so before the node has launched it
        slurm.lose_slurmd()
        time.sleep(20)  # the job may end meanwhile, which the controller learns later
        slurm.start_slurmd()

    done = run(*snakemake(*ON_SLURM, "--forcerun", "acquire"), meanwhile=outage)
    assert done.returncode == 0, done.stdout
    assert submitted(done) == 1
    assert sha256_file(acquired / CLIPS) == tables
