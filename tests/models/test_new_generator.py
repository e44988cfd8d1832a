"""A new generator is one module and one row of the catalogue: here, a learned mean plus noise."""

import runpy

import numpy as np
import torch

from tests.generators import results_inputs, tiny_config
from videeg_pipe.config import run
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import load_generator
from videeg_pipe.models.registry import GENERATORS, GeneratorSpec
from videeg_pipe.train.stage import train

MODULE = """
import torch
from torch import nn
from videeg_pipe.config import section
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.models.base import EegGenerator

class Toy(EegGenerator):
    def __init__(self, layout, train):
        super().__init__(layout, train)
        self.mean = nn.Parameter(torch.zeros(len(layout.channels), layout.n_samples))

    @classmethod
    def from_config(cls, layout, adjacency, config):
        return cls(layout, section(TrainOptions, config["train"]))

    def fit(self, x, subject, clip, track): ...

    def losses(self, x, condition, rng):
        return {"diffusion": (x - self.mean).square().mean()}

    @torch.no_grad()
    def sample(self, condition, seeds, settings, *, mirrored=False):
        rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
        noise = torch.stack([torch.randn(self.mean.shape, generator=rng) for rng in rngs])
        return self.mean + (-noise if mirrored else noise)
"""
TOY = GeneratorSpec("toy", "toy_generator", "Toy", "baseline", (), "a learned mean plus noise")


def test_a_new_generator_is_chosen_trained_saved_loaded_and_sampled(tmp_path, monkeypatch):
    (tmp_path / "toy_generator.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(GENERATORS, "toy", TOY)
    assert runpy.run_path(run.__file__)["RunOptions"](model="toy").model == "toy"
    inputs = results_inputs(tmp_path)
    train("toy", inputs=inputs, config=tiny_config(), folder=tmp_path / "models" / "toy")
    loaded = load_generator(tmp_path / "models" / "toy")
    assert loaded.model["name"] == "toy"
    assert loaded.generator.mean.any()
    rows = inputs.windows("test").iloc[:3]
    condition = loaded.conditions(rows, inputs).batch(np.arange(3))
    drawn = loaded.generator.sample(condition, [1, 2, 3], SampleOptions())
    assert drawn.shape == (3, *loaded.generator.mean.shape)
    assert not torch.equal(drawn[0], drawn[1])
