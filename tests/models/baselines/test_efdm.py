"""EFDM: size, independent channels, and the state space."""

import pytest
import torch

from tests.models.baselines.toy import N_CHANNELS, SHORT, baseline, n_parameters, native
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.baselines.condition import WIDTH
from videeg_pipe.models.baselines.efdm import S4D


def test_native_size_and_sampler():
    generator = native("efdm")
    assert n_parameters(generator.network) == pytest.approx(5.9e6, rel=0.05)
    assert generator.nfe(SampleOptions()) == 50


def test_a_channel_leaves_the_others_alone():
    network = baseline("efdm").network
    x, t = torch.randn(2, N_CHANNELS, SHORT), torch.tensor([5, 40])
    course = torch.randn(2, WIDTH, SHORT)
    other = x.clone()
    other[:, 2] += 1
    difference = (network(x, t, course) - network(other, t, course)).abs().amax(dim=(0, 2))
    assert [c for c in range(N_CHANNELS) if difference[c] > 1e-6] == [2]


def test_a_channel_is_told_its_index():
    network = baseline("efdm").network
    x, t = torch.randn(1, 1, SHORT).expand(1, N_CHANNELS, -1), torch.tensor([5])
    y = network(x, t, torch.randn(1, WIDTH, SHORT))[0]  # (C, T)
    assert not any(torch.allclose(y[0], y[c]) for c in range(1, N_CHANNELS))


def test_some_channels_alone_give_what_all_give():
    network = baseline("efdm").network
    x, t = torch.randn(2, N_CHANNELS, SHORT), torch.tensor([5, 40])
    course, some = torch.randn(2, WIDTH, SHORT), torch.tensor([[3, 1], [0, 2]])
    rows = torch.arange(2)[:, None]
    few = network(x[rows, some], t, course, some)
    torch.testing.assert_close(few, network(x, t, course)[rows, some], rtol=1e-3, atol=1e-5)


def test_state_space_is_its_recurrence():
    """Discretised by a zero-order hold, run forwards and backwards, and added up."""
    layer, n = S4D(3, 4, n_samples=20), 20
    u = torch.randn(1, n, 3)
    A = torch.complex(-layer.log_decay.exp(), layer.frequency)
    dt = layer.log_dt.exp()[:, None]
    A_bar, B_bar = (A * dt).exp(), ((A * dt).exp() - 1) / A
    expected = layer.D * u
    for C, order in zip(
        torch.view_as_complex(layer.C), (range(n), reversed(range(n))), strict=True
    ):
        x = torch.zeros(3, 4, dtype=torch.complex64)
        for k in order:
            x = A_bar * x + B_bar * u[0, k][:, None]
            expected[0, k] += 2 * (C * x).sum(-1).real
    torch.testing.assert_close(layer(u), expected, rtol=1e-3, atol=1e-4)


def test_training_takes_a_few_channels_of_each_window():
    generator, seen = native("efdm"), []
    generator.network.forward = lambda x_t, t, encoded, channel: seen.append(channel) or x_t
    x0 = torch.randn(3, 62, 200)
    generator.diffusion_loss(x0, torch.zeros(3, WIDTH, 200), torch.Generator().manual_seed(0))
    (channel,) = seen
    assert channel.shape == (3, 8)
    assert all(len(set(row)) == 8 for row in channel.tolist())
