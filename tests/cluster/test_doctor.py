"""`videeg doctor --slurm` before the first job, on a real Slurm."""

import shutil
from pathlib import Path

import pytest

from tests.cluster.daemons import GPUS
from videeg_pipe.doctor.slurm import check_slurm

PROFILE = Path(__file__).parents[2] / "slurm" / "config.yaml"

pytestmark = [pytest.mark.slow, pytest.mark.nightly]


@pytest.fixture
def found(slurm, tmp_path, monkeypatch):
    """Return a function: the findings, by name, with lines of the profile replaced."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slurm").mkdir()
    shutil.copy(PROFILE, tmp_path / "slurm")

    def check(**lines):
        text = PROFILE.read_text()
        for old, new in lines.values():
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "slurm" / "config.yaml").write_text(text)
        return {finding.name: finding for finding in check_slurm(details=True)}

    return check


def test_the_profile_as_shipped_is_taken_by_a_cluster_without_accounting(found):
    findings = found()
    assert findings["Slurm"].found == "partition main, no account, accounting off"
    gpu = findings["partition gpu"]
    assert gpu.found == f"up, nodes: 1, time limit 2-00:00:00, GPUs per node: gpu:{GPUS}"
    assert findings["accounting"].state == "ok"
    assert findings["jobs of the profile"].found == "Slurm takes them"
    assert {finding.state for finding in findings.values()} == {"ok"}


def test_what_slurm_would_refuse_is_missing_before_the_first_job(found):
    partition = ("# slurm_partition: normal", "slurm_partition: normal")
    model = ("sample: {nodes: 1}", "sample: {nodes: 1, slurm_partition: gpu, gpu_model: a100}")
    memory = ("mem_mb: 4000", "mem_mb: 4000000")
    findings = found(partition=partition, model=model)
    refused = findings["jobs of the profile, partition normal"]
    assert refused.state == "missing" and "Invalid partition" in refused.found
    assert refused.next_step.endswith("slurm/config.yaml")
    gpus = findings["jobs of the profile, partition gpu, GPU a100"]
    assert gpus.state == "missing" and "configuration is not available" in gpus.found
    assert found(memory=memory)["jobs of the profile"].state == "missing"
