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
from videeg_pipe.models.spgn.generator import Spgn
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
        env=os.environ | {name: SCHEDULER[name] for name in SCHEDULER if "SLURM" in name},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    one, two = (pd.read_parquet(folder / "history.parquet") for folder in (alone, both))
    assert one["windows"].tolist() == two["windows"].tolist()  # neither is lost, nor seen twice
    losses = [name for name in one if name.startswith(("train_", "validation_"))]
    assert {"train_evoked", "train_diffusion", "validation_diffusion"} <= set(losses)
    for name in losses:
        assert two[name].tolist() == pytest.approx(one[name].tolist(), rel=1e-3, nan_ok=True), name
    assert weights(both).keys() == weights(alone).keys()
