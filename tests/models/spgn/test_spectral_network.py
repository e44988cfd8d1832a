"""The network with gains returns the window for gains of 1."""

import pytest
import torch

from tests.generators import CHANNELS, random_condition, tiny_generator


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
