"""Depths and widths of the baselines, and of those in the comparison."""

from pathlib import Path

import pytest
import torch

from tests.generators import layout_of, tiny_config
from tests.models.baselines.toy import CHANNELS, n_parameters
from videeg_pipe.config import Config
from videeg_pipe.config.trials import TrialTables
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.models.checkpoint import make_generator

TRIALS = TrialTables(Path(__file__).parents[3] / "config" / "trials", Config())
LEAST = {  # layer and least width through which white noise fits, per variant
    "ced": ("channels_in", 62),
    "eegcid": ("tokens_in", 200),
    "ecd-style": ("patches_in", 62),
    "jet": ("patches_in", 62),
}


def made(name, **size):
    config = tiny_config() | {"baselines": {"width": 1.0, "depth": 1.0} | size}
    return make_generator(name, layout_of(channels=CHANNELS), torch.zeros(0), config)


@pytest.mark.parametrize("name", ["ced", "ecd", "eegcid", "efdm", "jet", "ntd"])
def test_depth_is_a_factor_on_the_blocks(name):
    full, half = made(name, width=0.1), made(name, width=0.1, depth=0.5)
    assert len(half.network.blocks) == round(0.5 * len(full.network.blocks))
    assert n_parameters(half.network) < n_parameters(full.network)


@pytest.mark.parametrize("name", sorted(LEAST))
def test_noise_fits_through_the_widths_of_the_comparison(name):
    variant = TRIALS.config("comparison", name)
    layout = layout_of(channels=SEED_DV_CHANNELS)
    config = tiny_config() | {"baselines": variant.baselines.model_dump()}
    generator = make_generator(variant.run.model, layout, torch.zeros(0), config)
    layer, least = LEAST[name]
    weight = getattr(generator.network, layer).weight  # (hidden, numbers, ...)
    assert weight.shape[0] >= least
    assert weight.shape[0] >= weight[0].numel()
