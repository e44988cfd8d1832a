"""Graph convolution is Eq. 4 and does not depend on the order of electrodes."""

import torch
from torch.nn.functional import gelu

from videeg_pipe.models.spgn.graph_conv import MultiScaleGraphConv


def graphs(n_channels: int) -> torch.Tensor:
    A = torch.rand(3, n_channels, n_channels, generator=torch.Generator().manual_seed(0))
    return A + A.mT


def test_graph_convolution_is_equation_4():
    torch.manual_seed(0)
    conv, A, H = MultiScaleGraphConv(8, 1, 3), graphs(9), torch.randn(1, 9, 1, 8)
    with torch.no_grad():
        conv.gates.copy_(torch.tensor([[30.0, 0.0, 0.0]]))  # the first graph alone
    expected = H[0, :, 0] + gelu(conv.W(A[0] @ conv.norm(H[0, :, 0])))
    torch.testing.assert_close(conv(H, A)[0, :, 0], expected)
