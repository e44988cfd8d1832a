"""NTD: size, masks, long kernels, and a condition per sample."""

import pytest
import torch

from tests.generators import T
from tests.models.baselines.toy import N_CHANNELS, baseline, n_parameters, native
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.baselines.condition import WIDTH
from videeg_pipe.models.baselines.ntd import LongConv


def test_native_size_and_sampler():
    generator = native("ntd")
    assert n_parameters(generator.network) == pytest.approx(7.2e6, rel=0.05)
    assert generator.nfe(SampleOptions()) == 200
    betas = 1 - generator.diffusion.signal_share(torch.tensor([0]))
    assert betas.item() == pytest.approx(1e-4, rel=1e-3)


def test_masks_keep_the_channels_apart_on_the_way_in():
    network = baseline("ntd", n_samples=T).network
    x = torch.randn(1, N_CHANNELS, T)
    other = x.clone()
    other[:, 3] += 1
    h, changed = (network.conv_in(part).unflatten(1, (N_CHANNELS, -1)) for part in (x, other))
    assert [c for c in range(N_CHANNELS) if not torch.equal(h[:, c], changed[:, c])] == [3]


def test_blocks_mix_the_channels():
    network, condition = baseline("ntd", n_samples=T).network, torch.randn(1, WIDTH, T)
    x, t = torch.randn(1, N_CHANNELS, T), torch.tensor([50])
    other = x.clone()
    other[:, 3] += 1
    changed = (network(x, t, condition) - network(other, t, condition)).abs().amax(dim=(0, 2))
    assert (changed > 1e-7).all()


def test_a_shift_of_the_course_shifts_its_effect():
    network = baseline("ntd", n_samples=T).network
    torch.nn.init.zeros_(network.place)
    for block in network.blocks:
        torch.nn.init.zeros_(
            block.conv.pieces
        )  # which reach from the window's one end to the other
    x, t = torch.zeros(1, N_CHANNELS, T), torch.tensor([50])

    def effect(sample):
        course = torch.zeros(1, WIDTH, T)
        base = network(x, t, course)
        course[..., sample : sample + 5] = 1
        return (network(x, t, course) - base)[0]  # (C, T)

    early, late = effect(80), effect(100)
    torch.testing.assert_close(early[:, 60:110], late[:, 80:130])
    assert early[:, 80:85].abs().max() > 1e-4
    assert not early[:, :70].any()
    assert not early[:, 95:].any()


@pytest.mark.parametrize("n_samples", [40, 200])
def test_long_convolution_is_the_direct_sum(n_samples):
    """Half of the features look back, half ahead, as far as the window reaches."""
    conv = LongConv(4, n_samples, taps=16)
    y, k = torch.randn(2, n_samples, 4), conv.kernel()  # (B, T, hidden), (hidden, T)
    assert k.shape == (4, n_samples)
    expected = conv.skip * y
    for lag in range(n_samples):
        expected[:, lag:, :2] += k[:2, lag] * y[:, : n_samples - lag, :2]
        expected[:, : n_samples - lag, 2:] += k[2:, lag] * y[:, lag:, 2:]
    torch.testing.assert_close(conv(y), expected, rtol=1e-4, atol=1e-4)
