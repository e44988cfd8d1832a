"""Widths and depths: what a smaller baseline still has room for, and what a full one costs."""

from pathlib import Path

import pytest
import torch

from tests.generators import layout_of, tiny_config
from tests.models.baselines.toy import CHANNELS, n_parameters
from videeg_pipe.config import Config
from videeg_pipe.config.trials import TrialTables
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.models.baselines.patch_transformer import patch_samples
from videeg_pipe.models.checkpoint import make_generator

TRIALS = TrialTables(Path(__file__).parents[3] / "config" / "trials", Config())
LEAST = {  # what a layer has to hold for white noise to come through, by variant and weight
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


@pytest.mark.parametrize(
    ("n_channels", "hidden", "n"), [(62, 256, 4), (62, 384, 6), (8, 256, 10), (300, 64, 1)]
)
def test_a_patch_is_as_long_as_the_width_holds(n_channels, hidden, n):
    assert patch_samples(n_channels, hidden) == n
