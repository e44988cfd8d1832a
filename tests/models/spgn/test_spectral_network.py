"""The network with gains: gains of 1 return the window; samples have the sign of sparse events."""

import pytest
import torch

from tests.generators import (
    CHANNELS,
    layout_of,
    random_condition,
    tiny_config,
    tiny_generator,
)
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import make_generator


def test_gain_1_gives_back_what_the_network_cuts_but_at_the_ends(tmp_path):
    network = tiny_generator(tmp_path).network
    x = torch.randn(2, len(CHANNELS), network.patches.n_points)
    spectrum = network.gain.spectrum(network.patches.cut(x))
    gain = torch.ones(*spectrum.shape[:-1], network.gain.n_bands)
    joined, half = network.patches.join(network.gain(spectrum, gain)), network.patches.step // 2
    torch.testing.assert_close(joined[..., half:-half], x[..., half:-half])


@pytest.mark.parametrize("n_samples", [200, 190])
def test_a_gain_of_one_gives_the_window_to_its_ends(tmp_path, n_samples):
    network = tiny_generator(tmp_path, n_samples=n_samples).network.eval()
    with torch.no_grad():
        for layer in (network.patches_out, network.gain_out):
            layer.weight.zero_()
            layer.bias.zero_()
        network.gain_out.bias.fill_(1)
        x, condition = (
            torch.randn(2, len(CHANNELS), network.patches.n_points),
            random_condition(2, n_samples=n_samples),
        )
        out, _ = network(x, torch.tensor([10, 500]), network.encoder(condition))
    torch.testing.assert_close(out, x, rtol=0, atol=1e-4)


@pytest.mark.slow
def test_sparse_events_of_one_sign_keep_it(tmp_path, single_thread):
    """A third of the windows has a bump of the same sign at three electrodes; gains alone learn."""
    n, rng = 384, torch.Generator().manual_seed(0)
    condition = random_condition(1).take(torch.zeros(n).long())
    bump, x = 6 * torch.hann_window(60), torch.randn(n, len(CHANNELS), 200, generator=rng)
    for row in range(0, n, 3):
        start = int(torch.randint(140, (), generator=rng))
        x[row, :3, start : start + 60] += bump
    spgn = {"evoked_head": False, "graph_da": False, "self_play": False}
    torch.manual_seed(0)
    generator = make_generator("spgn", layout_of(), torch.zeros(0, 12, 12), tiny_config(spgn=spgn))
    generator.fit(x, condition.subject, condition.clip, condition.track)
    generator.fit_residual([(x, condition)])
    network = generator.network
    for other in (network.graph_gate, *network.patches_out.parameters()):
        other.requires_grad_(False)  # stay zero
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    generator.train()
    for _ in range(200):
        rows = torch.randperm(n, generator=rng)[:32]
        loss = generator.losses(x[rows], condition.take(rows), rng)["diffusion"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    drawn = generator.eval().sample(condition, list(range(n)), SampleOptions(steps=10))
    assert _skewness(x) > 1
    assert _skewness(drawn) > 0.5 * _skewness(x)


def _skewness(x):
    bumped = x[:, :3].mean(1)
    bumped = bumped - bumped.mean(1, keepdim=True)
    return (bumped**3).mean() / bumped.square().mean() ** 1.5
