"""Fusion, prior, track, graph layers, Graph-DA and self-play: each on its own."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from tests.generators import CHANNELS
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.models.parts.fusion import Fusion
from videeg_pipe.models.parts.glmnet import GLMNet, visual_channels
from videeg_pipe.models.parts.track import TrackEncoder
from videeg_pipe.models.spgn.graph_conv import MultiScaleGraphConv
from videeg_pipe.models.spgn.graph_da import augment
from videeg_pipe.models.spgn.self_play import GRADIENT_LIMIT, self_play_losses
from videeg_pipe.models.spgn.spatial_attention import SpatialGraphAttention
from videeg_pipe.runtime.errors import UserError


def graphs(n_channels: int) -> torch.Tensor:
    A = torch.rand(3, n_channels, n_channels, generator=torch.Generator().manual_seed(0))
    return A + A.mT


def test_fusion_is_cross_attention_with_the_video_as_query():
    torch.manual_seed(0)
    fusion = Fusion(32, 4, keep_video=False)
    v, text = torch.randn(2, 4, 768), torch.randn(2, 77, 768)
    tokens = fusion.norm_text(text)
    q, k, value = (
        x.unflatten(-1, (4, -1)).transpose(1, 2)
        for x in (fusion.W_Q(fusion.norm_v(v)), fusion.W_K(tokens), fusion.W_V(tokens))
    )
    plain = scaled_dot_product_attention(q, k, value).transpose(1, 2).flatten(2)
    torch.testing.assert_close(fusion(v, text), fusion.project(gelu(plain)))


def test_fusion_takes_the_prior_along():
    fusion = Fusion(32, 4, prior=16, keep_video=True)
    v, text = torch.randn(2, 4, 768), torch.randn(2, 77, 768)
    one, other = fusion(v, text, torch.zeros(2, 16)), fusion(v, text, torch.ones(2, 16))
    assert one.shape == (2, 4, 32)
    assert not torch.allclose(one, other)


def test_visual_channels_are_seed_dvs_last_twelve():
    found = visual_channels(SEED_DV_CHANNELS, electrode_positions())
    assert found == list(range(50, 62))


def test_visual_channels_without_names_are_the_rearmost():
    names = tuple(f"E{i}" for i in range(62))
    found = visual_channels(names, electrode_positions())
    rear = electrode_positions()[:, 1]
    assert rear[found].max() <= np.delete(rear, found).min()


@pytest.mark.parametrize("n_samples", [75, 76, 200, 400, 401])
def test_glmnet_takes_any_length(n_samples):
    net = GLMNet(len(CHANNELS), n_samples, [1, 2], 512)
    assert net(torch.randn(2, len(CHANNELS), n_samples)).shape == (2, 512)


def test_glmnet_refuses_what_the_pooling_cannot_take():
    with pytest.raises(UserError, match="at least 75 samples"):
        GLMNet(len(CHANNELS), 74, [1, 2], 512)


def test_glmnet_local_branch_sees_visual_channels_alone():
    net = GLMNet(4, 200, [2, 3], 8).eval()
    eeg = torch.randn(1, 4, 200)
    changed = eeg.clone()
    changed[:, 0] += 1
    local = [net.local_branch(x[:, net.visual]) for x in (eeg, changed)]
    assert torch.equal(*local)
    assert not torch.allclose(net(eeg), net(changed))


def encoder(history_s: float = 1.0, rate: float = 24.0) -> TrackEncoder:
    torch.manual_seed(0)
    return TrackEncoder(
        4, n_tokens=10, window_s=1.0, history_s=history_s, rate=rate, width=16
    ).eval()


@pytest.mark.parametrize("rate", [24.0, 25.0, 30.0])
def test_track_is_causal(rate):
    """A change at a frame reaches no token that ended before that frame came on screen."""
    net, n_frames = encoder(rate=rate), round(2 * rate)
    track = torch.randn(1, 4, n_frames)
    for frame in range(n_frames):
        changed = track.clone()
        changed[..., frame:] += 1
        same = (net(track) == net(changed)).all(-1)[0]  # (P,)
        shown_s = frame / rate - 1.0
        ends_s = (torch.arange(10) + 1) / 10
        assert same[ends_s <= shown_s].all()
        assert not same[ends_s > shown_s + 2 / rate].any()


def test_track_has_the_same_lags_at_every_token():
    """A track that is shifted by one token gives features shifted by one token."""
    net = encoder(rate=30.0)
    long = torch.randn(1, 4, 63)
    torch.testing.assert_close(net(long[..., :60])[:, 1:], net(long[..., 3:])[:, :-1])


def test_track_statistics_take_units_away():
    track = torch.randn(8, 4, 48)
    one, other = encoder(), encoder()
    one.fit(track)
    other.fit(100 * track - 7)
    torch.testing.assert_close(one(track), other(100 * track - 7), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["convolution", "attention"])
def test_permuting_nodes_and_graphs_permutes_the_output(kind):
    torch.manual_seed(0)
    A, H, c = graphs(9), torch.randn(2, 9, 5, 8), torch.randn(2, 6)
    if kind == "convolution":
        conv = MultiScaleGraphConv(8, 2, 3)
        layer = lambda H, A: conv(H, A)  # noqa: E731
    else:
        attention = SpatialGraphAttention(8, 2, n_tokens=5, n_graphs=3, condition=6)
        layer = lambda H, A: attention(H, A, c)  # noqa: E731
    order = torch.randperm(9)
    torch.testing.assert_close(
        layer(H[:, order], A[:, order][:, :, order]), layer(H, A)[:, order], rtol=1e-4, atol=1e-5
    )


def test_graph_convolution_is_equation_4():
    torch.manual_seed(0)
    conv, A, H = MultiScaleGraphConv(8, 1, 3), graphs(9), torch.randn(1, 9, 1, 8)
    with torch.no_grad():
        conv.gates.copy_(torch.tensor([[30.0, 0.0, 0.0]]))  # the first graph alone
    expected = H[0, :, 0] + gelu(conv.W(A[0] @ conv.norm(H[0, :, 0])))
    torch.testing.assert_close(conv(H, A)[0, :, 0], expected)


def test_attention_is_biased_towards_edges():
    torch.manual_seed(0)
    net = SpatialGraphAttention(8, 2, n_tokens=5, n_graphs=1, condition=6)
    H, c = torch.randn(1, 9, 5, 8), torch.randn(1, 6)
    edges = torch.zeros(1, 9, 9)
    edges[0, 0, 3] = edges[0, 3, 0] = 1.0
    with torch.no_grad():
        net.query_key.weight.zero_()
        net.bias.fill_(50.0)
    changed = H.clone()
    changed[:, 3] += torch.randn(5, 8)
    moved = (net(changed, edges, c) - net(H, edges, c)).abs().amax((0, 2, 3)) > 1e-6
    assert moved[0]  # 0 attends to 3 alone
    changed = H.clone()
    changed[:, 5] += torch.randn(5, 8)
    assert torch.allclose(net(changed, edges, c)[:, 0], net(H, edges, c)[:, 0])


@pytest.mark.parametrize(("ratio", "n_dropped"), [(0.0, 0), (0.3, 4), (0.5, 6)])
def test_graph_da_drops_its_share_of_channels(ratio, n_dropped):
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(64, 12, 50)
    out = augment(x, ratio=ratio, noise_sd=0.2, rng=rng)
    dropped = (out == 0).all(-1)
    assert (dropped.sum(1) == n_dropped).all()
    assert (out - x)[~dropped].std().item() == pytest.approx(0.2, rel=0.05)
    if n_dropped:
        assert dropped.any(0).all()  # every channel is dropped in some window


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
    assert loss_D.item() == pytest.approx(2 * math.log(2))  # D knows nothing
    assert loss_G.item() == pytest.approx(math.log(2))
    g[:, 0] = torch.where(augmented, -3.0, 3.0)  # D is right
    loss_D, loss_G = self_play_losses(Fixed(), g, c, augmented)
    assert loss_D.item() == pytest.approx(2 * math.log1p(math.exp(-3)))
    assert loss_G.item() == pytest.approx(math.log1p(math.exp(3)), rel=1e-6)


def test_self_play_players_do_not_touch_each_other():
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
