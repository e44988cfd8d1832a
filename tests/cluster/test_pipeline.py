"""The pipeline on a real Slurm: through its queue, and inside an allocation."""

import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.cluster.conftest import snakemake
from tests.cluster.daemons import Slurm
from tests.workflow.clone import tiny, write_config
from tests.workflow.interrupted import leftovers, release_of, undated, wait_for
from videeg_pipe.runtime.files import sha256_json

pytestmark = pytest.mark.slow


def checksums(results: Path) -> dict[str, str]:
    """Checksums of the release without its dates, with the data card."""
    return release_of(results) | {"README.md": sha256_json(undated(results / "release/README.md"))}


def test_a_run_through_slurm_has_the_release_of_a_local_run(tiny_run, cluster_clone, run):
    done = run(*snakemake("--profile", "slurm", "all"))
    assert done.returncode == 0, done.stdout
    assert "Release   results/release/videeg-gen.h5" in done.stdout
    assert checksums(cluster_clone / "results") == checksums(tiny_run / "results")
    assert "Nothing to be done" in run(*snakemake("--cores", "1", "all")).stdout
    submitted = re.findall(r"has been submitted with SLURM jobid (\d+)", done.stdout)
    finished = re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)$", done.stdout, re.MULTILINE)
    assert len(finished) > 2 * len(submitted)  # small ones were sent together
    assert len(submitted) == 10


def scancel(_: Slurm) -> None:
    subprocess.run(["scancel", "--state=RUNNING", "--user=root"], check=True)


def lose_slurmd(slurm: Slurm) -> None:
    slurm.lose_slurmd()
    time.sleep(20)  # the job may end meanwhile, which the controller learns later
    slurm.start_slurmd()


@pytest.mark.nightly
@pytest.mark.parametrize("fault", [scancel, lose_slurmd])
def test_a_fault_of_slurm_during_sampling_changes_nothing(
    fault, tiny_run, cluster_clone, run, slurm
):
    results = cluster_clone / fault.__name__
    write_config(cluster_clone / "faulty.yaml", **tiny(run={"results": fault.__name__}))

    def meanwhile(running: subprocess.Popen[str]) -> None:
        wait_for(lambda: any(results.glob("samples/spgn/part-*.journal")), running)
        fault(slurm)

    done = run(*snakemake("--profile", "slurm", "all"), "faulty.yaml", meanwhile=meanwhile)
    assert done.returncode == 0, done.stdout
    assert ("Trying to restart job" in done.stdout) == (fault is scancel)
    assert checksums(results) == checksums(tiny_run / "results")
    assert leftovers(results) == []


@pytest.mark.nightly
def test_a_run_inside_an_allocation_of_16_tasks_has_it_too(tiny_run, cluster_clone, run):
    write_config(cluster_clone / "inside.yaml", **tiny(run={"results": "inside"}))
    inside = (*snakemake("--cores", "16", "all"), "inside.yaml")
    done = run("srun", "-n", "16", *inside)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("srun started 16 copies of this command: another one runs") == 15
    assert "cannot be locked" not in done.stdout
    assert checksums(cluster_clone / "inside") == checksums(tiny_run / "results")
