"""A new generator is one module and one row of the catalogue: here, a learned mean plus noise."""

import os
import shutil
import subprocess
import sys

import pytest

from videeg_pipe.runtime.closure import PACKAGE

ROW = """
GENERATORS["toy"] = GeneratorSpec(
    "toy", "videeg_pipe.models.baselines.toy", "Toy", "baseline", (), "a learned mean plus noise")
"""
MODULE = """
import torch
from videeg_pipe.config import section
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.models.base import EegGenerator

class Toy(EegGenerator):
    def __init__(self, layout, train):
        super().__init__(layout, train)
        self.mean = torch.nn.Parameter(torch.zeros(len(layout.channels), layout.n_samples))
    @classmethod
    def from_config(cls, layout, adjacency, config):
        return cls(layout, section(TrainOptions, config["train"]))
    def fit(self, *windows): ...
    def losses(self, x, condition, rng):
        return {"diffusion": (x - self.mean).square().mean()}
    @torch.no_grad()
    def sample(self, condition, seeds, settings, *, mirrored=False):
        rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
        noise = torch.stack([torch.randn(self.mean.shape, generator=rng) for rng in rngs])
        return self.mean + (-noise if mirrored else noise)
"""
USE = """
import sys; from pathlib import Path; import numpy as np
from tests.generators import results_inputs, tiny_config
from videeg_pipe.config import Config; from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import load_checkpoint; from videeg_pipe.train.stage import train
from videeg_pipe.runtime.closure import import_closure
assert Config(run={"model": "toy"}).architecture == ()
inputs, folder = results_inputs(Path(sys.argv[1])), Path(sys.argv[1]) / "models" / "toy"
train("toy", inputs=inputs, config=tiny_config(), folder=folder)
loaded, rows = load_checkpoint(folder), inputs.windows("test").iloc[:3]
condition = loaded.conditions(rows, inputs).batch(np.arange(3))
drawn = loaded.generator.sample(condition, [1, 2, 3], SampleOptions())
assert loaded.generator.mean.any() and drawn.shape == (3, *loaded.generator.mean.shape)
toy, sse = (str(import_closure(f"videeg_pipe.models.baselines.{m}")) for m in ("toy", "sse"))
assert "toy.py" in toy and "toy.py" not in sse
"""


@pytest.mark.slow
def test_a_new_generator_is_chosen_trained_saved_loaded_and_sampled(tmp_path):
    models = shutil.copytree(PACKAGE, tmp_path / "src" / "videeg_pipe") / "models"
    (models / "baselines" / "toy.py").write_text(MODULE)
    with (models / "registry.py").open("a") as registry:
        registry.write(ROW)
    command = sys.executable, "-c", USE, str(tmp_path / "results")
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(tmp_path / "src")})
