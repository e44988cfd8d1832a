"""The defaults of the interface of generators."""

import pytest
import torch

from tests.generators import random_condition, tiny_generator
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.runtime.errors import UserError


def test_reconstruction_without_diffusion_is_refused(tmp_path):
    generator = tiny_generator(tmp_path)
    with pytest.raises(UserError, match="generation alone"):
        EegGenerator.reconstruct(
            generator, torch.zeros(1, 1, 1), random_condition(1), [1], SampleOptions(), strength=0.5
        )
