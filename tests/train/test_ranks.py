"""A training in two processes, which Fabric joins through gloo, inside a job of Slurm."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.generators import inputs_of, results_inputs, tiny_config
from tests.train import two_ranks
from tests.train.test_stage import SCHEDULER, weights
from videeg_pipe.train.stage import train

pytestmark = pytest.mark.slow

# chance differs between ranks, so dropout is off; the diffusion draws its noise per rank
PLAIN = {"condition_dropout": 0, "epochs": 2, "evoked_epochs": 3}


def test_two_processes_have_the_losses_of_one(tmp_path):
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
        env=os.environ | {name: SCHEDULER[name] for name in SCHEDULER if "SLURM" in name},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    one, two = (pd.read_parquet(folder / "history.parquet") for folder in (alone, both))
    assert one["windows"].tolist() == two["windows"].tolist()  # neither is lost, nor seen twice
    evoked = one["phase"] == "evoked"
    for name in ("train_evoked", "validation_evoked"):
        assert two[evoked][name].tolist() == pytest.approx(one[evoked][name].tolist(), rel=1e-4)
    for name in ("train_diffusion", "validation_diffusion"):
        assert two[~evoked][name].tolist() == pytest.approx(one[~evoked][name].tolist(), rel=0.1)
    assert weights(both).keys() == weights(alone).keys()
