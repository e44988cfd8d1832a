"""The defaults of the interface of generators."""

import pytest
import torch

from tests.generators import CHANNELS, T, layout_of, random_condition, tiny_config, tiny_generator
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.models.checkpoint import make_generator
from videeg_pipe.runtime.errors import UserError


def test_reconstruction_without_diffusion_is_refused(tmp_path):
    generator = tiny_generator(tmp_path)
    with pytest.raises(UserError, match="generation alone"):
        EegGenerator.reconstruct(
            generator, torch.zeros(1, 1, 1), random_condition(1), [1], SampleOptions(), strength=0.5
        )


def test_a_generator_that_cannot_adapt_is_refused(tmp_path):
    generator = make_generator("gaussian", layout_of(), torch.zeros(0), tiny_config())
    assert not generator.can_adapt and tiny_generator(tmp_path).can_adapt
    nothing, rng = torch.zeros(0, len(CHANNELS), T), torch.Generator()
    with pytest.raises(UserError, match="can adapt to a new person"):
        generator.adapt(nothing, random_condition(0), name="new", rng=rng)
