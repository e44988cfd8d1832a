"""Known values of the losses on the denoised estimate, and their weighted sum."""

import math

import pytest
import torch

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
