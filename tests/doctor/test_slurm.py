"""Slurm is asked by its own commands; here, programs answer with the output of Slurm 22.05."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from videeg_pipe.doctor.slurm import check_slurm

PROFILE = Path(__file__).parents[2] / "slurm" / "config.yaml"
SINFO = "gpu|up|1-00:00:00|2|gpu:a100:4(S:0-1),craynetwork:1\ncpu*|down|infinite|1|(null)"
CONFIG = "MessageTimeout          = 10 sec\nMinJobAge               = {} sec"


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Return a function that puts programs with these answers on the path, and only those."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def answer(**answers):
        for name, text in {"sbatch": "", **answers}.items():
            program = tmp_path / name
            program.write_text(f"#!/bin/sh\n{text}\n" if text == "exit 1" else _printing(text))
            program.chmod(0o755)

    return answer


def _printing(text):
    return f"#!/bin/sh\n/bin/cat <<'END'\n{text}\nEND\n"


def found(*, details=True):
    return {finding.name: finding for finding in check_slurm(details=details)}


def test_no_slurm_is_missing_only_where_it_is_asked_for(cluster):
    assert found(details=False)["Slurm"].state == "ok"
    assert found()["Slurm"].state == "missing"


def test_a_controller_that_does_not_answer(cluster):
    cluster(sinfo="exit 1")
    assert found()["Slurm"].next_step == "scontrol ping"


def test_partitions_gpus_and_accounts(cluster):
    cluster(sinfo=SINFO, sacct="", sacctmgr="lab\nlab\nother")
    findings = found()
    assert findings["Slurm"].found == "partition cpu, account lab, accounting on"
    gpu, cpu = findings["partition gpu"], findings["partition cpu*"]
    assert gpu.found == "up, nodes: 2, time limit 1-00:00:00, GPUs per node: gpu:a100:4"
    assert (cpu.state, cpu.found.split(", ")[0]) == ("note", "down")
    assert cpu.found.endswith("none")
    assert findings["accounts"].found == "lab, other"
    assert findings["GPUs"].found == "in gpu"
    assert set(found(details=False)) == {"Slurm"}


def test_a_cluster_without_gpus_computes_on_cpus(cluster):
    cluster(sinfo="cpu*|up|infinite|1|(null)", sacct="exit 1", scontrol=CONFIG.format(300))
    gpus = found()["GPUs"]
    assert (gpus.state, "gpus: 0" in gpus.next_step) == ("note", True)


SNAKEFILE = """\
rule all:
    input: "train", "small", "sample"
rule train:
    output: "train"
    resources: mem_mb=9000, runtime=1440, gpu=config["run"]["gpus"], nodes=2
    shell: "true"
rule small:
    output: "small"
    resources: mem_mb=3000, runtime=60
    shell: "true"
rule sample:
    output: "sample"
    resources: mem_mb=4000, runtime=60
    shell: "true"
"""
REFUSING = """\
case "$*" in
  *--gpus*) echo 'sbatch: error: no GPUs here' >&2; exit 1;;
esac
"""


@pytest.fixture
def project(cluster, tmp_path, monkeypatch):
    """Return a function that writes the profile of a small workflow on a cluster without GPUs."""
    monkeypatch.chdir(tmp_path)
    cluster(sinfo=SINFO, sacct="exit 1", scontrol=CONFIG.format(300))
    (tmp_path / "sbatch").write_text(f"#!/bin/sh\n{REFUSING}")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")  # Snakemake needs a shell
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "own.yaml").write_text("run: {gpus: 2}")
    (tmp_path / "slurm").mkdir()
    return (tmp_path / "slurm" / "config.yaml").write_bytes


def test_the_largest_jobs_of_the_run_are_tried(project):
    project(PROFILE.read_bytes().replace(b"  sample: {nodes: 1}", b"  sample: {mem_mb: 5000}"))
    jobs = {
        finding.name: finding
        for finding in check_slurm(details=True, configfiles=[Path("own.yaml")])
        if finding.name.startswith("jobs")
    }
    assert set(jobs) == {"jobs of train", "jobs of sample"}  # which covers those of small
    assert jobs["jobs of sample"].found == "Slurm takes them (mem_mb 5000, runtime 60)"
    refused = jobs["jobs of train"]
    asked = "nodes 2, mem_mb 9000, runtime 1440, gpu 2"
    assert refused.found == f"sbatch: error: no GPUs here ({asked})"
    assert refused.state == "missing" and "slurm/config.yaml" in refused.next_step


@pytest.mark.parametrize(("limit", "state"), [("23:59:00", "missing"), ("1-00:00:00", "ok")])
def test_a_job_above_the_limit_of_its_partition_is_missing(project, tmp_path, limit, state):
    project(PROFILE.read_bytes())
    (tmp_path / "own.yaml").write_text("run: {gpus: 0}")
    (tmp_path / "sinfo").write_text(f"#!/bin/sh\necho 'cpu*|up|{limit}|1|(null)'\n")
    jobs = check_slurm(details=True, configfiles=[Path("own.yaml")])
    (train,) = [finding for finding in jobs if finding.name == "jobs of train"]
    assert train.state == state
    assert train.next_step.endswith("train:runtime=1439" if state == "missing" else "")


@pytest.mark.parametrize(
    "content", [b"", b"a: [", "a: é".encode("latin-1"), b"executor: slurm\nset-resources: [a, b]"]
)
def test_a_damaged_profile_is_named(project, content):
    project(content)
    jobs = found()["jobs"]
    assert jobs.state == "missing" and "rror" in jobs.found
    assert "slurm/config.yaml" in jobs.next_step


@pytest.mark.parametrize(("seconds", "state"), [(300, "ok"), (10, "missing")])
def test_without_accounting_ended_jobs_must_be_seen(cluster, seconds, state):
    cluster(sinfo=SINFO, sacct="exit 1", scontrol=CONFIG.format(seconds))
    findings = found()
    assert findings["Slurm"].found == "partition cpu, no account, accounting off"
    assert findings["accounting"].state == state
    assert f"{seconds} s" in findings["accounting"].found


def test_the_command_for_a_cluster_without_default_partition_works(cluster, tmp_path):
    sed = shutil.which("sed", path="/bin:/usr/bin")
    cluster(sinfo=SINFO.replace("*", ""), sacct="exit 1", scontrol="")
    finding = found(details=False)["Slurm"]
    assert finding.state == "note"
    (tmp_path / "slurm").mkdir()
    shutil.copy(PROFILE, tmp_path / "slurm" / "config.yaml")
    command = finding.next_step.replace("sed", sed, 1)
    subprocess.run(command, shell=True, cwd=tmp_path, check=True)
    profile = yaml.safe_load((tmp_path / "slurm" / "config.yaml").read_text())
    assert profile["default-resources"]["slurm_partition"] == "gpu"
