"""Both graph layers do not depend on the order of electrodes."""

import pytest
import torch

from videeg_pipe.models.spgn.graph_conv import MultiScaleGraphConv
from videeg_pipe.models.spgn.spatial_attention import SpatialGraphAttention


def graphs(n_channels: int) -> torch.Tensor:
    A = torch.rand(3, n_channels, n_channels, generator=torch.Generator().manual_seed(0))
    return A + A.mT


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
