"""A training on two nodes of a real Slurm."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.cluster.conftest import snakemake
from tests.generators import inputs_of, results_inputs, tiny_config
from tests.train import two_ranks
from tests.train.test_nodes import PLAIN, assert_equal_losses
from tests.workflow.clone import tiny, write_config
from videeg_pipe.models.spgn.generator import Spgn
from videeg_pipe.runtime.files import read_json
from videeg_pipe.runtime.jobs import needs_the_user
from videeg_pipe.train.stage import train

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

HISTORY = Path("results", "models", "spgn", "history.parquet")


@pytest.fixture(scope="module")
def n_nodes() -> int:
    """Two nodes, for the Slurm of this module."""
    return 2


def test_two_nodes_have_the_losses_of_one(slurm, tmp_path, monkeypatch):
    monkeypatch.setattr(Spgn, "losses", two_ranks.window_losses)
    results_inputs(tmp_path)
    alone, both = (tmp_path / "models" / name for name in ("alone", "both"))
    config = tiny_config(batch_size=16, **PLAIN)
    train("spgn", inputs=inputs_of(tmp_path), config=config, folder=alone)
    config = json.dumps(tiny_config(batch_size=8, nodes=2, **PLAIN))
    training = [sys.executable, "-m", two_ranks.__name__, str(tmp_path), str(both), config]
    log = tmp_path / "job.log"
    subprocess.run(
        [
            *("sbatch", "--wait", "--nodes=2", "--ntasks=2", "--cpus-per-task=2", "--time=10"),
            *(f"--output={log}", f"--wrap={shlex.join(training)}"),
        ],
        cwd=Path(__file__).parents[2],
        timeout=600,
    )
    assert (both / "history.parquet").is_file(), log.read_text()
    assert_equal_losses(both, alone)


@pytest.fixture
def on_two(cluster_clone) -> tuple[str, ...]:
    """The command of a training on two nodes, in the clone."""
    write_config(
        cluster_clone / "tiny.yaml", **tiny(train={"nodes": 2, "epochs": 60, "checkpoint_every": 1})
    )
    model = str(HISTORY.with_name("model.json"))
    return snakemake("--profile", "slurm", "--retries", "0", model)


def processes(clone: Path) -> dict[str, list[int]]:
    """Return the processes of the training in a clone, by the name of their node."""
    found: dict[str, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode().split("\0")
            variables = dict(
                line.split("=", 1)
                for line in (folder / "environ").read_bytes().decode().split("\0")
                if "=" in line
            )
        except (OSError, UnicodeDecodeError):
            continue
        if len(command) > 1 and command[1].endswith(".train.py") and str(clone) in command[1]:
            found.setdefault(variables["SLURMD_NODENAME"], []).append(int(folder.name))
    return found


def test_a_run_on_two_nodes_survives_the_loss_of_either(cluster_clone, run, on_two):
    log = cluster_clone / "results" / "logs" / "train_spgn.log"

    def kill_on(node: str) -> None:
        end = time.monotonic() + 600
        while not (log.is_file() and "phase diffusion" in log.read_text()):
            assert time.monotonic() < end
            time.sleep(0.05)
        for process in processes(cluster_clone)[node]:
            os.kill(process, signal.SIGKILL)

    for node in ("node2", "node1"):
        log.unlink(missing_ok=True)
        done = run(*on_two, meanwhile=lambda _, node=node: kill_on(node))
        assert done.returncode != 0, done.stdout
        assert not (cluster_clone / HISTORY).exists()
        assert processes(cluster_clone) == {}
        assert not needs_the_user(log, 0)  # another attempt is made
        if node == "node2":  # whichever is noticed first
            lost = "the training on node2 ended with status", "found one was lost: "
            assert any(words in log.read_text() for words in lost)
            assert "unexpected error" not in log.read_text()
    done = run(*on_two)
    assert done.returncode == 0, done.stdout
    assert "resuming after epoch" in log.read_text()
    windows = read_json(cluster_clone / HISTORY.with_name("model.json"))["n_train_windows"]
    assert set(pd.read_parquet(cluster_clone / HISTORY)["windows"]) == {windows - windows % 2}


def test_gpus_are_asked_of_each_node(cluster_clone, run, on_two):
    write_config(
        cluster_clone / "tiny.yaml", **tiny(train={"nodes": 2, "devices": 2}, run={"gpus": 2})
    )
    done = run(*on_two)
    assert "run.gpus; expected 2 GPUs that PyTorch can use; found 0" in done.stdout
    job = re.findall(r"has been submitted with SLURM jobid (\d+)", done.stdout)[-1]
    asked = run("scontrol", "show", "job", job).stdout
    assert re.search(r"NumNodes=2\b", asked)
    assert re.search(r"TresPerJob=gres:gpu:4\b", asked)
    assert re.search(r"TresPerNode=gres:gpu:2\b", asked)


def test_a_further_node_gets_its_own_gpus(slurm, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import os\n"
        "from videeg_pipe.train import nodes\n"
        "if nodes.STARTED in os.environ:\n"
        "    print(os.environ['SLURMD_NODENAME'], os.environ['CUDA_VISIBLE_DEVICES'])\n"
        "else:\n"
        "    nodes.start_on(['node2'], 'cuda', 2)\n"
    )
    log = tmp_path / "job.log"
    asked = ("--nodes=2", "--ntasks=2", "--gpus=4", "--gpus-per-node=2")  # as the rule does
    command = shlex.join([sys.executable, str(program)])
    subprocess.run(["sbatch", "--wait", *asked, f"--output={log}", f"--wrap={command}"])
    assert log.read_text() == "node2 0,1\n"
