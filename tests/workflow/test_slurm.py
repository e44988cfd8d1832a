"""The Slurm profile as shipped, and a run inside an allocation, on the Slurm of this machine."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.workflow.clone import make_clone, tiny, write_config
from videeg_pipe.runtime.console import VARIABLE


def _slurm_answers() -> bool:
    if shutil.which("sbatch") is None:
        return False
    return subprocess.run(["sinfo"], capture_output=True).returncode == 0


pytestmark = [
    pytest.mark.nightly,
    pytest.mark.slow,
    pytest.mark.skipif(not _slurm_answers(), reason="needs a Slurm cluster: sinfo does not answer"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a function that runs a command in a clone, with the package of the clone."""
    clone = make_clone(tmp_path_factory.mktemp("slurm"))
    write_config(clone / "tiny.yaml", **tiny())

    def in_clone(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=clone,
            env=os.environ | {"PYTHONPATH": str(clone / "src"), VARIABLE: "full"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=3600,
        )

    return in_clone


def snakemake(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "snakemake", *arguments, "--configfile", "tiny.yaml")


def test_the_profile_works_as_shipped(run):
    done = run(*snakemake("--profile", "slurm", "all"))
    assert done.returncode == 0, done.stdout
    submitted = len(re.findall(r"has been submitted with SLURM jobid \d+", done.stdout))
    assert submitted >= 20
    assert "Release   results/release/videeg-gen.h5" in done.stdout
    assert "Nothing to be done" in run(*snakemake("--cores", "1", "all")).stdout


def test_a_failed_job_ends_in_its_error(run):
    target = "results/manifest/clips.parquet"
    failed = run(*snakemake("--profile", "slurm", target, "--config", "source={units: V}"))
    assert failed.returncode == 1
    assert re.match(r"ERROR: .* V with source\.units V; found", failed.stdout.splitlines()[-1])


def test_a_run_inside_an_allocation_of_several_tasks_trains(run):
    arguments = snakemake("--cores", "2", "results/models/spgn/model.json")
    alone = " ".join([*arguments, "--config", "'train={epochs: 2}'"])
    done = run("sbatch", "--wait", "--ntasks", "2", "--output", "batch.log", "--wrap", alone)
    assert done.returncode == 0, run("cat", "batch.log").stdout


def test_copies_that_srun_starts_are_one_run(run):
    done = run("srun", "-n", "2", *snakemake("--cores", "1", "results/manifest/clips.parquet"))
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("srun started 2 copies of this command") == 1
    assert "cannot be locked" not in done.stdout
