"""ECD-style: several time scales, and the spectrum of the noisy input."""

import pytest
import torch

from tests.models.baselines.toy import N_CHANNELS, SHORT, baseline, native
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.baselines.condition import WIDTH
from videeg_pipe.models.baselines.ecd import log_spectrum


def test_native_sampler_and_depth():
    generator = native("ecd")
    assert generator.nfe(SampleOptions()) == 1000
    assert 8 <= len(generator.network.blocks) <= 12
    assert [conv.kernel_size for conv in generator.network.scales] == [(3,), (7,), (15,), (31,)]


def test_the_spectrum_of_a_sine_is_one_peak_whatever_its_phase():
    time = torch.arange(200) / 200
    sine, cosine = (torch.sin(2 * torch.pi * 10 * time + phase) for phase in (0, 1.5))
    one, other = log_spectrum(torch.stack([sine, cosine])[:, None])
    assert one.argmax().item() == 10
    torch.testing.assert_close(one, other, rtol=1e-2, atol=1e-2)


def test_the_spectrum_reaches_the_blocks_as_condition():
    """With the same vector, inputs of different spectra modulate the blocks differently."""
    network, seen = baseline("ecd").network, []
    network.blocks[0].register_forward_hook(lambda _, given, __: seen.append(given[1]))
    x, t, vector = torch.randn(2, N_CHANNELS, SHORT), torch.tensor([5, 500]), torch.randn(2, WIDTH)
    network(x, t, vector)
    network(-x, t, vector)  # the same magnitudes
    network(2 * x, t, vector)
    assert torch.equal(seen[0], seen[1])
    assert not torch.allclose(seen[0], seen[2])


@pytest.mark.parametrize("n_samples", [50, 64, 199])
def test_windows_need_not_be_whole_patches(n_samples):
    network = baseline("ecd", n_samples=n_samples).network
    x = torch.randn(2, N_CHANNELS, n_samples)
    assert network(x, torch.tensor([5, 500]), torch.randn(2, WIDTH)).shape == x.shape
