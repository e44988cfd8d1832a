"""The diffusion on a toy whose best denoiser is known, and the losses' known answers."""

import math

import pytest
import torch

from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.train import LossWeights
from videeg_pipe.models.parts.diffusion import Diffusion
from videeg_pipe.models.parts.losses import (
    frequency_loss,
    spatial_loss,
    temporal_loss,
    total_loss,
)

PREDICTIONS = ("v_prediction", "epsilon")
SD = 0.5


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
def test_a_limit_binds_samples_of_a_bad_prediction_alone(prediction, scheduler):
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


def test_losses_are_zero_for_the_window_itself():
    x, weight = torch.randn(4, 3, 200), torch.rand(4)
    assert frequency_loss(x, x.clone(), weight, 200.0) == 0
    assert spatial_loss(x, x.clone(), weight) == 0
    assert temporal_loss(x, x.clone(), weight) == 0


def test_frequency_loss_of_a_scaled_window_is_its_gain():
    x, weight = 100 * torch.randn(4, 3, 200), torch.ones(4)
    loss = frequency_loss(2 * x, x, weight, 200.0)
    assert loss.item() == pytest.approx(math.log(4) ** 2, rel=0.02)


def test_frequency_loss_stops_at_the_pass_bands_edge():
    time = torch.arange(200) / 200
    x = 10 * torch.randn(1, 1, 200)
    weight = torch.ones(1)
    inside, outside = (x + 50 * torch.sin(2 * math.pi * f * time) for f in (20, 60))
    assert frequency_loss(outside, x, weight, 200.0).item() == pytest.approx(0, abs=1e-4)
    assert frequency_loss(inside, x, weight, 200.0) > 0.01


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("loss", [frequency_loss, spatial_loss, temporal_loss])
def test_losses_are_as_large_as_the_error_of_the_network_at_any_step(prediction, loss):
    diffusion, rng = Diffusion(1000, prediction), torch.Generator().manual_seed(0)
    t = torch.arange(5, 1000, 50)
    x0, noise, error = (torch.randn(len(t), 4, 200, generator=rng) for _ in range(3))
    x_t = diffusion.add_noise(x0, noise, t)
    share = diffusion.signal_share(t)[:, None, None]
    v = share.sqrt() * noise - (1 - share).sqrt() * x0
    output = {"v_prediction": v, "epsilon": noise}[prediction] + error  # an error of variance 1
    x0_hat, weight = diffusion.denoised(output, x_t, t), diffusion.signal_share(t)
    others = () if loss is not frequency_loss else (200.0,)
    for one in range(len(t)):  # weighted, but not divided by the mean weight of the batch
        rows = slice(one, one + 1)
        order = 2 if loss is spatial_loss else 1
        found = loss(x0_hat[rows], x0[rows], weight[rows], *others) * weight[one] ** order
        assert 0 <= found < 20


def test_spatial_loss_of_uncorrelated_channels():
    time = 2 * math.pi * torch.arange(200) / 200
    x = math.sqrt(2) * torch.stack([(k * time).sin() for k in (1, 2)])[None]  # covariance I
    same = math.sqrt(2) * torch.stack([time.sin(), time.sin()])[None]  # covariance 1
    assert spatial_loss(same, x, torch.ones(1)).item() == pytest.approx(0.5, rel=1e-4)


def test_temporal_loss_ignores_an_offset_and_counts_a_slope():
    x = torch.randn(2, 3, 50)
    assert temporal_loss(x + 5, x, torch.ones(2)).item() == pytest.approx(0, abs=1e-9)
    slope = 0.1 * torch.arange(50)
    assert temporal_loss(x + slope, x, torch.ones(2)).item() == pytest.approx(0.01, rel=1e-3)


def test_windows_count_by_their_weight():
    x, y = torch.zeros(2, 1, 50), torch.zeros(2, 1, 50)
    y[0] = torch.arange(50)
    assert temporal_loss(y, x, torch.tensor([0.0, 1.0])) == 0
    assert temporal_loss(y, x, torch.tensor([1.0, 0.0])).item() == pytest.approx(1)


def test_total_is_the_weighted_sum():
    weights = LossWeights(diffusion=2, adversarial=0.5, frequency=0, spatial=0, temporal=3)
    losses = {"diffusion": 1.0, "temporal": 10.0, "discriminator": 7.0}
    total = total_loss({name: torch.tensor(value) for name, value in losses.items()}, weights)
    assert total.item() == pytest.approx(2 + 30 + 7)
