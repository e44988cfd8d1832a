"""EEGCiD: size, and tokens that are channels."""

import pytest
import torch

from tests.models.baselines.toy import N_CHANNELS, SHORT, baseline, n_parameters, native
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.baselines.condition import WIDTH


def test_native_size_and_sampler():
    generator = native("eegcid")
    assert n_parameters(generator.network) == pytest.approx(21.5e6, rel=0.05)
    assert generator.network.tokens_in.out_features == 512
    assert generator.nfe(SampleOptions()) == 1000


def test_a_token_is_a_channel():
    network, seen = baseline("eegcid").network, []
    network.blocks[0].register_forward_hook(lambda _, given, __: seen.append(given[0]))
    x, t, vector = torch.randn(2, N_CHANNELS, SHORT), torch.tensor([5, 500]), torch.randn(2, WIDTH)
    other = x.clone()
    other[:, 2] += 1
    before, after = network(x, t, vector), network(other, t, vector)
    tokens, changed = seen
    assert tokens.shape[:2] == (2, N_CHANNELS)
    different = (tokens != changed).any(dim=(0, 2))
    assert different.tolist() == [False, False, True, False]
    assert ((before - after).abs().amax(dim=(0, 2)) > 1e-6).all()  # attention relates them all


def test_last_and_first_channel_are_neighbours():
    conv = baseline("eegcid").network.blocks[0].channels.around
    y = torch.zeros(1, conv.in_channels, N_CHANNELS)
    y[..., 0] = 1
    effect = (conv(y) - conv(torch.zeros_like(y))).abs().amax(dim=(0, 1)) > 0
    assert effect.tolist() == [True, True, False, True]


def test_deterministic_after_its_first_noise():
    """DDIM adds no noise: equal initial noise and condition give equal windows."""
    generator = baseline("eegcid")
    noise = torch.randn(1, N_CHANNELS, SHORT)

    def draw(seed):
        rngs = [torch.Generator().manual_seed(seed)]
        settings = generator.sampling(SampleOptions(baseline_nfe=5))
        return generator.draw(lambda x, t: 0.5 * x, noise, settings, rngs)

    assert torch.equal(draw(1), draw(2))
