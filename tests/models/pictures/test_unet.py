"""Diffusion of pictures: what the loss draws, and the schedule."""

import torch
from torch import nn

from tests.models.pictures.networks import TEXT_WIDTH, TOKENS, unet
from videeg_pipe.models.pictures.unet import DiffusionLoss, PictureNetwork, make_scheduler


class Oracle(nn.Module):
    """Predicts the noise exactly, from the latents that it is given."""

    def __init__(self, latents):
        super().__init__()
        self.latents, self.seen = latents, []

    def forward(self, x, t, text):
        self.seen.append(text)
        share = make_scheduler().alphas_cumprod[t].reshape(-1, *[1] * (x.ndim - 1))
        return (x - share.sqrt() * self.latents) / (1 - share).sqrt()


def test_a_network_that_knows_the_noise_has_no_loss():
    latents = torch.randn(16, 4, 8, 8)
    oracle = Oracle(latents)
    loss = DiffusionLoss(oracle, torch.zeros(TOKENS, TEXT_WIDTH))
    text = torch.ones(16, TOKENS, TEXT_WIDTH)
    assert loss(latents, text, torch.Generator().manual_seed(0)) < 1e-4


def test_some_pictures_are_trained_without_their_text():
    latents = torch.randn(400, 4, 1, 1)
    oracle = Oracle(latents)
    loss = DiffusionLoss(oracle, torch.zeros(TOKENS, TEXT_WIDTH))
    loss(latents, torch.ones(400, TOKENS, TEXT_WIDTH), torch.Generator().manual_seed(0))
    without = (oracle.seen[0] == 0).all(dim=(1, 2)).float().mean()
    assert 0.05 < without < 0.15


def test_the_text_matters():
    network = PictureNetwork(unet())
    x, t = torch.randn(2, 4, 8, 8), torch.tensor([10, 10])
    texts = torch.randn(2, 2, TOKENS, TEXT_WIDTH)
    with torch.no_grad():
        assert (network(x, t, texts[0]) - network(x, t, texts[1])).abs().max() > 1e-3


def test_draws_begin_at_the_noise():
    scheduler = make_scheduler()
    scheduler.set_timesteps(12)
    assert scheduler.timesteps[0] == 999
    assert scheduler.alphas_cumprod[999] < 0.005
