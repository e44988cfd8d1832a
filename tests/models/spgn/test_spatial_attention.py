"""Spatial-graph attention follows the edges of the graphs."""

import torch

from videeg_pipe.models.spgn.spatial_attention import SpatialGraphAttention


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
