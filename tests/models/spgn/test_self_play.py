"""Self-play: known losses, separate players, limited gradients."""

import math

import pytest
import torch
from torch import nn

from videeg_pipe.models.spgn.self_play import GRADIENT_LIMIT, self_play_losses


class Fixed(nn.Module):
    """A discriminator whose logit is the embedding's first number."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, g, c):
        return self.gain * g[:, 0]


def test_self_play_known_answers():
    g, c = torch.zeros(4, 2), torch.zeros(4, 1)
    augmented = torch.tensor([True, False, True, False])
    loss_D, loss_G = self_play_losses(Fixed(), g, c, augmented)
    assert loss_D.item() == pytest.approx(2 * math.log(2))  # D is at chance
    assert loss_G.item() == pytest.approx(math.log(2))
    g[:, 0] = torch.where(augmented, -3.0, 3.0)  # D is right
    loss_D, loss_G = self_play_losses(Fixed(), g, c, augmented)
    assert loss_D.item() == pytest.approx(2 * math.log1p(math.exp(-3)))
    assert loss_G.item() == pytest.approx(math.log1p(math.exp(3)), rel=1e-6)


def test_self_play_losses_have_separate_gradients():
    D, augmented = Fixed(), torch.tensor([True, False])
    g = torch.tensor([[200.0, 0.0], [-200.0, 0.0]], requires_grad=True)
    loss_D, loss_G = self_play_losses(D, g, torch.zeros(2, 1), augmented)
    assert loss_D.isfinite() and loss_D.item() == pytest.approx(400)  # far into saturation
    (grad,) = torch.autograd.grad(loss_G, g, retain_graph=True)
    assert torch.autograd.grad(loss_G, D.gain, allow_unused=True, retain_graph=True) == (None,)
    assert torch.autograd.grad(loss_D, g, allow_unused=True) == (None,)
    assert grad[1].eq(0).all()


def test_self_play_gradient_is_limited():
    D = Fixed()
    with torch.no_grad():
        D.gain.fill_(1e4)
    g = torch.full((2, 2), -1.0, requires_grad=True)
    _, loss_G = self_play_losses(D, g, torch.zeros(2, 1), torch.tensor([True, True]))
    loss_G.backward()
    torch.testing.assert_close(g.grad.norm(dim=-1), torch.full((2,), GRADIENT_LIMIT))


@pytest.mark.parametrize("all_augmented", [True, False])
def test_self_play_with_one_kind_of_window_is_finite(all_augmented):
    augmented = torch.full((3,), all_augmented)
    losses = self_play_losses(Fixed(), torch.randn(3, 2), torch.zeros(3, 1), augmented)
    assert all(loss.isfinite() for loss in losses)
