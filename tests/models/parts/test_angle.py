"""The sampler that turns noise into data: what it keeps, where it ends, and its mirror image."""

import pytest
import torch

from tests.generators import (
    CHANNELS,
    T,
    random_condition,
    tiny_config,
    tiny_generator,
    write_test_graphs,
)
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.graphs import adjacency, read_graphs
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.models.checkpoint import make_generator
from videeg_pipe.models.parts.diffusion import Diffusion


def turned(predict, noise, steps):
    rngs = [torch.Generator().manual_seed(i) for i in range(len(noise))]
    settings = SampleOptions(scheduler="angle", steps=steps)
    return Diffusion(1000, "v_prediction").sample(predict, noise, settings, rngs)


def gaussian(sd):
    """The exact v of N(0, sd^2): alpha noise_hat - sigma x0_hat, of their best estimates."""
    diffusion = Diffusion(1000, "v_prediction")

    def predict(x_t, t):
        share = diffusion.signal_share(t)[:, None, None]
        alpha, sigma = share.sqrt(), (1 - share).sqrt()
        return alpha * sigma * (1 - sd**2) / (share * sd**2 + sigma**2) * x_t

    return predict


def untrained(folder, **options):
    """A generator as training finds it: the network gives zero."""
    write_test_graphs(folder / "graphs.safetensors", CHANNELS)
    graphs = read_graphs(folder / "graphs.safetensors")
    positions = electrode_positions(CHANNELS)
    layout = EegLayout(CHANNELS, positions, 200.0, T, ("sub1", "sub2"), tuple(graphs))
    torch.manual_seed(0)
    return make_generator("spgn", layout, adjacency(graphs), tiny_config(**options)).eval()


@pytest.mark.parametrize("steps", [1, 2, 7, 16, 50, 1000])
def test_noise_that_is_data_already_stays_what_it_is(steps):
    noise = torch.randn(3, 4, 50)
    assert torch.equal(turned(lambda x, t: torch.zeros_like(x), noise, steps), noise)


def test_the_exact_v_is_that_of_the_best_estimates():
    torch.manual_seed(0)
    sd, t = 0.6, torch.full((200_000,), 400)
    diffusion = Diffusion(1000, "v_prediction")
    x0, noise = sd * torch.randn(len(t), 1, 1), torch.randn(len(t), 1, 1)
    x_t = diffusion.add_noise(x0, noise, t)
    share = diffusion.signal_share(t)[:, None, None]
    v = share.sqrt() * noise - (1 - share).sqrt() * x0
    regressed = (v * x_t).mean() / x_t.square().mean()
    exact = gaussian(sd)(torch.ones(1, 1, 1), t[:1]).item()
    assert regressed.item() == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("sd", [0.3, 0.5, 1.5, 3.0])
def test_samples_of_a_gaussian_come_to_its_sd_with_more_steps(sd):
    noise = torch.randn(2, 4, 50)
    gains = [(turned(gaussian(sd), noise, n) / noise).mean().item() for n in (4, 16, 64, 256)]
    errors = [abs(gain / sd - 1) for gain in gains]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.01


def test_it_asks_from_noise_to_data_as_often_as_told():
    asked = []

    def predict(x, t):
        asked.append(t.tolist())
        return torch.zeros_like(x)

    turned(predict, torch.randn(2, 3, 10), 5)
    steps = [row[0] for row in asked]
    assert all(len(set(row)) == 1 for row in asked)
    assert len(steps) == 5 and steps[0] == 999
    assert steps == sorted(steps, reverse=True) and steps[-1] > 0


@pytest.mark.parametrize("scheduler", ["angle", "ddpm", "ddim", "dpm-solver++"])
@pytest.mark.parametrize("spgn", [{}, {"whitening": False}, {"evoked_head": False}])
def test_mirrored_noise_gives_the_mirrored_residual_of_an_untrained_network(
    tmp_path, spgn, scheduler
):
    generator, condition = untrained(tmp_path, spgn=spgn), random_condition(3)
    settings = SampleOptions(steps=3, scheduler=scheduler)
    one, other = (
        generator.sample(condition, [1, 2, 3], settings, mirrored=mirrored)
        for mirrored in (False, True)
    )
    with torch.no_grad():
        m = generator.coordinates.evoked(condition)
    assert (one - m).std() > 0.1
    torch.testing.assert_close(other - m, m - one)


def test_without_departure_a_sample_is_the_gaussian_and_without_noise_the_evoked_mean(tmp_path):
    generator, condition = tiny_generator(tmp_path).eval(), random_condition(3)
    asked = []
    handle = generator.network.trunk[0].register_forward_hook(lambda *_: asked.append(1))
    gaussian = generator.sample(condition, [1, 2, 3], SampleOptions(steps=3, departure=0))
    still = generator.sample(
        condition, [1, 2, 3], SampleOptions(steps=3, departure=0, temperature=0)
    )
    handle.remove()
    assert not asked
    noise = torch.stack(
        [torch.randn(12, 200, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2, 3)]
    )
    K = generator.coordinates.n_points
    with torch.no_grad():
        m = generator.coordinates.evoked(condition)
        left = generator.coordinates.inverse(noise[..., :K], noise[..., K:], condition.subject)
    torch.testing.assert_close(still, m)
    torch.testing.assert_close(gaussian, m + left)
    departing = generator.sample(condition, [1, 2, 3], SampleOptions(steps=3))
    assert not torch.allclose(departing, gaussian)


def test_temperature_scales_the_noise(tmp_path):
    generator, condition = untrained(tmp_path), random_condition(3)
    cold, warm = (
        generator.sample(condition, [1, 2, 3], SampleOptions(steps=3, temperature=temperature))
        for temperature in (0.5, 1.0)
    )
    with torch.no_grad():
        m = generator.coordinates.evoked(condition)
    torch.testing.assert_close(cold - m, 0.5 * (warm - m), rtol=1e-3, atol=1e-4)
