"""`videeg doctor --slurm` before the first job, on a real Slurm."""

from pathlib import Path

import pytest

from tests.cluster.daemons import GPUS
from tests.workflow.clone import make_clone, write_config
from videeg_pipe.doctor.slurm import check_slurm

PROFILE = Path(__file__).parents[2] / "slurm" / "config.yaml"

pytestmark = [pytest.mark.slow, pytest.mark.nightly]


@pytest.fixture
def found(slurm, tmp_path, monkeypatch):
    """Return a function: the findings, by name, with lines of the profile and options replaced."""
    monkeypatch.chdir(make_clone(tmp_path / "clone"))

    def check(*lines, **options):
        text = PROFILE.read_text()
        for old, new in lines:
            assert old in text
            text = text.replace(old, new)
        Path("slurm", "config.yaml").write_text(text)
        own = write_config(tmp_path / "own.yaml", **options)
        return {one.name: one for one in check_slurm(details=True, configfiles=[own])}

    return check


def test_the_profile_as_shipped_is_taken_by_a_cluster_without_accounting(found):
    findings = found(run={"gpus": GPUS}, train={"devices": GPUS})
    assert findings["Slurm"].found == "partition main, no account, accounting off"
    gpu = findings["partition gpu"]
    assert gpu.found == f"up, nodes: 1, time limit 2-00:00:00, GPUs per node: gpu:{GPUS}"
    assert findings["accounting"].state == "ok"
    assert findings["jobs of train"].found.startswith("Slurm takes them (nodes 1, ")
    assert f"runtime 1440, gpu {GPUS}" in findings["jobs of train"].found
    assert {finding.state for finding in findings.values()} == {"ok"}


def test_what_slurm_would_refuse_is_missing_before_the_first_job(found):
    partition = ("# slurm_partition: normal", "slurm_partition: normal")
    model = ("  sample: {nodes: 1}", "  sample: {nodes: 1, slurm_partition: gpu, gpu_model: a100}")
    findings = found(partition, model, run={"gpus": 1})
    refused = findings["jobs of train"]
    assert refused.state == "missing" and "Invalid partition" in refused.found
    assert refused.next_step.endswith("slurm/config.yaml")
    gpus = findings["jobs of sample"]
    assert gpus.state == "missing" and "configuration is not available" in gpus.found
    assert "slurm_partition gpu" in gpus.found and "gpu_model a100" in gpus.found


@pytest.mark.parametrize(
    ("lines", "options"),
    [
        ([("  sample: {nodes: 1}", "  train: {mem_mb: 4000000}")], {}),
        ([("  sample: {nodes: 1}", "  train: {slurm_partition: gpu, runtime: 4000}")], {}),
        ([], {"run": {"gpus": GPUS + 1}, "train": {"devices": GPUS + 1}}),
        ([], {"train": {"nodes": 2}}),
    ],
    ids=["memory", "time", "GPUs", "nodes"],
)
def test_a_training_that_asks_for_too_much_is_missing(found, lines, options):
    findings = found(*lines, **options)
    assert findings["jobs of train"].state == "missing"
