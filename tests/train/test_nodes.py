"""A training in two processes, which Fabric joins through gloo, inside a job of Slurm.

`tests/cluster/test_nodes.py` has one on two nodes of a real Slurm.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from tests.generators import inputs_of, results_inputs, tiny_config
from tests.train import two_ranks
from tests.train.test_stage import SCHEDULER, weights
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.models.spgn.generator import Spgn
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.train.nodes import STARTED, connected, launch
from videeg_pipe.train.stage import train

pytestmark = pytest.mark.slow

# chance differs between ranks, so dropout is off, and the noise is drawn per window; independent
# components, which whitening sorts, turn rounding errors of the first phase into 0.7 % of a loss
PLAIN = {
    "condition_dropout": 0,
    "epochs": 2,
    "evoked_epochs": 3,
    "spgn": {"whitening": False},
}


def test_two_processes_have_the_losses_of_one(tmp_path, monkeypatch):
    monkeypatch.setattr(Spgn, "losses", two_ranks.window_losses)
    results_inputs(tmp_path)
    alone, both = (tmp_path / "models" / name for name in ("alone", "both"))
    train(
        "spgn",
        inputs=inputs_of(tmp_path),
        config=tiny_config(batch_size=16, **PLAIN),
        folder=alone,
    )
    config = json.dumps(tiny_config(batch_size=8, devices=2, **PLAIN))
    done = subprocess.run(
        [sys.executable, "-m", two_ranks.__name__, str(tmp_path), str(both), config],
        env=os.environ | SCHEDULER,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert_equal_losses(both, alone)


def assert_equal_losses(both: Path, alone: Path) -> None:
    """Compare the models that several processes and one have trained."""
    one, two = (pd.read_parquet(folder / "history.parquet") for folder in (alone, both))
    assert one["windows"].tolist() == two["windows"].tolist()  # neither is lost, nor seen twice
    losses = [name for name in one if name.startswith(("train_", "validation_"))]
    assert {"train_evoked", "train_diffusion", "validation_diffusion"} <= set(losses)
    for name in losses:
        assert two[name].tolist() == pytest.approx(one[name].tolist(), rel=1e-3, nan_ok=True), name
    assert weights(both).keys() == weights(alone).keys()


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Return a function that puts this process into a job of two nodes, or into none."""

    def inside(squeue="echo 'node[1-2]'", **variables):
        (tmp_path / "squeue").write_text(f"#!/bin/sh\n{squeue}\n")
        (tmp_path / "scontrol").write_text("#!/bin/sh\necho node1; echo node2\n")
        for program in tmp_path.iterdir():
            program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        for name in ("SLURM_JOB_ID", "SLURMD_NODENAME"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return inside


@pytest.mark.parametrize("job", [{}, {"SLURM_JOB_ID": "4711", "SLURMD_NODENAME": "node1"}])
def test_more_nodes_than_the_job_has_are_refused(slurm, monkeypatch, job):
    slurm(**job)
    found = "one on 2" if job else "no job of Slurm"
    with pytest.raises(UserError, match=f"^train.nodes; expected a job of Slurm on 3 .*{found}"):
        launch(TrainOptions(nodes=3))


def test_a_process_outside_the_nodes_of_its_job_is_refused(slurm):
    slurm(SLURM_JOB_ID="4711")  # as salloc starts a shell on the login node
    with pytest.raises(UserError, match="found one on 2, started on none of them"):
        launch(TrainOptions(nodes=2))


def test_a_controller_that_does_not_answer_is_asked_again_by_another_attempt(slurm):
    slurm("echo 'Unable to contact slurm controller' >&2; exit 1", SLURM_JOB_ID="4711")
    with pytest.raises(UserError, match=r"squeue; .* found Unable to contact") as error:
        launch(TrainOptions(nodes=2))
    assert error.value.passing


def test_a_further_node_without_a_gpu_is_refused_where_the_first_has_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setenv(STARTED, "cuda")
    with pytest.raises(UserError, match=r"^train\.nodes; expected a GPU on .* found none"):
        launch(TrainOptions(nodes=2))


def test_the_loss_of_a_process_lets_another_attempt_resume():
    said = "Connection closed by peer. This may be due to a remote worker hanging\nmore"
    lost = pytest.raises(UserError, match="found one was lost: Connection closed by peer")
    with lost as error, connected():
        raise RuntimeError(said)
    assert error.value.passing
    with pytest.raises(RuntimeError, match="shapes"), connected():
        raise RuntimeError("shapes do not match")
