"""The diffusion on data whose best denoiser is known."""

import numpy as np
import pytest
import torch

from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.parts.diffusion import Diffusion

PREDICTIONS = ("v_prediction", "epsilon")
SD = 0.5
STRENGTHS = np.linspace(0, 1, 5)


def ideal(diffusion):
    """The best prediction for windows from N(0, SD^2): x0_hat is a share of x_t."""

    def predict(x_t, t):
        share = diffusion.signal_share(t)[:, None, None]
        alpha, sigma = share.sqrt(), (1 - share).sqrt()
        x0 = alpha * SD**2 / (share * SD**2 + sigma**2) * x_t
        noise = (x_t - alpha * x0) / sigma
        v = alpha * noise - sigma * x0
        return {"v_prediction": v, "epsilon": noise}[diffusion.prediction_type]

    return predict


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("scheduler", ["angle", "ddpm", "ddim", "dpm-solver++"])
def test_samples_of_a_gaussian_have_its_sd(prediction, scheduler):
    diffusion = Diffusion(1000, prediction)
    # DDPM's noise is that of small steps: it needs all of them
    settings = SampleOptions(scheduler=scheduler, steps=1000 if scheduler == "ddpm" else 50)
    rngs = [torch.Generator().manual_seed(seed) for seed in range(4)]
    noise = torch.stack([torch.randn(40, 100, generator=rng) for rng in rngs])
    x = diffusion.sample(ideal(diffusion), noise, settings, rngs)
    assert x.std().item() == pytest.approx(SD, rel=0.05)
    assert x.mean().item() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("scheduler", ["angle", "ddpm", "ddim", "dpm-solver++"])
@pytest.mark.parametrize("steps", [99, 100])
def test_a_sampler_may_take_every_step_of_the_diffusion(prediction, scheduler, steps):
    diffusion = Diffusion(100, prediction)
    rngs = [torch.Generator().manual_seed(seed) for seed in range(4)]
    noise = torch.stack([torch.randn(40, 100, generator=rng) for rng in rngs])
    settings = SampleOptions(scheduler=scheduler, steps=steps)
    x = diffusion.sample(ideal(diffusion), noise, settings, rngs)
    assert x.std().item() == pytest.approx(SD, rel=0.05)


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("scheduler", ["angle", "ddpm", "ddim", "dpm-solver++"])
def test_a_limit_clips_only_samples_of_a_bad_prediction(prediction, scheduler):
    diffusion = Diffusion(1000, prediction)
    settings = SampleOptions(scheduler=scheduler, steps=50)
    noise = torch.randn(4, 5, 100, generator=torch.Generator().manual_seed(0))

    def sample(predict, **limit):
        rngs = [torch.Generator().manual_seed(seed) for seed in range(4)]
        return diffusion.sample(predict, noise, settings, rngs, **limit)

    good = ideal(diffusion)
    torch.testing.assert_close(sample(good, limit=100.0), sample(good), rtol=1e-3, atol=1e-3)

    def bad(x_t, t):
        return 0.5 * good(x_t, t)

    assert sample(bad, limit=1.0).abs().max() <= 1.05
    if prediction == "epsilon":
        assert sample(bad).abs().max() > 5


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_a_perfect_prediction_gives_back_the_window_and_no_loss(prediction):
    diffusion, t = Diffusion(1000, prediction), torch.tensor([0, 300, 900])
    x0, noise = torch.randn(3, 2, 8), torch.randn(3, 2, 8)
    x_t = diffusion.add_noise(x0, noise, t)
    share = diffusion.signal_share(t)[:, None, None]
    alpha, sigma = share.sqrt(), (1 - share).sqrt()
    torch.testing.assert_close(x_t, alpha * x0 + sigma * noise)
    truth = {"v_prediction": alpha * noise - sigma * x0, "epsilon": noise}
    output = truth[prediction]
    torch.testing.assert_close(diffusion.denoised(output, x_t, t), x0, rtol=1e-3, atol=1e-4)
    assert diffusion.loss(output, x0, noise, t).item() == pytest.approx(0, abs=1e-6)
    torch.testing.assert_close(diffusion.noise_of(truth["v_prediction"], x_t, t), noise)


def correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    """Mean over windows."""
    pairs = zip(a.flatten(1), b.flatten(1), strict=True)
    return float(np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs]))


@pytest.mark.parametrize("scheduler", ["angle", "ddim", "ddpm", "dpm-solver++"])
@pytest.mark.parametrize("sd", [0.5, 1.0])
def test_of_gaussian_data_the_exact_denoiser_keeps_sd_and_loses_the_input(scheduler, sd):
    """The correlation falls with strength, and samples keep the SD of the data."""
    diffusion, settings = (
        Diffusion(1000, "v_prediction"),
        SampleOptions(scheduler=scheduler, steps=40),
    )
    rng = torch.Generator().manual_seed(0)
    x = sd * torch.randn(4, 5, 2000, generator=rng)
    noise = torch.randn(x.shape, generator=rng)

    def exact(x_t, t):
        share = diffusion.signal_share(t)[:, None, None]
        alpha, sigma = share.sqrt(), (1 - share).sqrt()
        return alpha * sigma * (1 - sd**2) / (share * sd**2 + sigma**2) * x_t

    found = []
    for strength in STRENGTHS:
        rngs = [torch.Generator().manual_seed(i) for i in range(len(x))]
        x_t = diffusion.noised(x, noise, settings, strength)
        out = diffusion.sample(exact, x_t, settings, rngs, strength=strength)
        found.append(correlation(out, x))
        assert out.std().item() == pytest.approx(sd, rel=0.08), strength
    assert found[0] == pytest.approx(1) and abs(found[-1]) < 0.02
    assert (np.diff(found) < -0.02).all()


def test_the_angle_leaves_cos_of_it_of_the_input():
    """For whitened Gaussian windows, r = cos(pi / 2 strength) without any network."""
    diffusion, settings = Diffusion(1000, "v_prediction"), SampleOptions(steps=100)
    x, noise = torch.randn(2, 2, 8, 5000, generator=torch.Generator().manual_seed(1))
    for strength in (0.1, 0.25, 0.5, 0.75):
        found = correlation(diffusion.noised(x, noise, settings, strength), x)
        assert found == pytest.approx(np.cos(np.pi / 2 * strength), abs=0.02)


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


@pytest.mark.parametrize("steps", [1, 2, 7, 16, 50, 1000])
def test_noise_of_unit_variance_is_unchanged_where_v_is_zero(steps):
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


def test_the_network_is_evaluated_once_per_step_from_noise_to_data():
    asked = []

    def predict(x, t):
        asked.append(t.tolist())
        return torch.zeros_like(x)

    turned(predict, torch.randn(2, 3, 10), 5)
    steps = [row[0] for row in asked]
    assert all(len(set(row)) == 1 for row in asked)
    assert len(steps) == 5 and steps[0] == 999
    assert steps == sorted(steps, reverse=True) and steps[-1] > 0
