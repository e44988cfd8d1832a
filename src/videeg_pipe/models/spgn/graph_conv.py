"""Graph convolution over a learned mixture of graphs: Eq. 4, dense."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class MultiScaleGraphConv(nn.Module):
    """Eq. 4 with a residual connection; each head mixes the graphs by gates of its own."""

    def __init__(self, width: int, heads: int, n_graphs: int) -> None:
        """Make the layer.

        Args:
            width: d, features per node; a multiple of `heads`.
            heads: Number of mixtures.
            n_graphs: G.
        """
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.gates = nn.Parameter(0.5 * torch.randn(heads, n_graphs))
        self.W = nn.Linear(width, width)

    def forward(self, H: Tensor, A: Tensor) -> Tensor:
        """Propagate node features along all graphs.

        Args:
            H: Node features, (B, C, P, d).
            A: D^-1/2 A D^-1/2 of each graph, (G, C, C).

        Returns:
            (B, C, P, d).
        """
        B, C, P, d = H.shape
        mixture = torch.einsum("kg,gij->kij", self.gates.softmax(-1), A)  # (heads, C, C)
        nodes = self.norm(H).view(B, C, P, self.heads, -1).permute(0, 3, 1, 2, 4)
        spread = mixture @ nodes.flatten(3)  # (B, heads, C, P * d / heads)
        spread = spread.view(B, self.heads, C, P, -1).permute(0, 2, 3, 1, 4)
        return H + functional.gelu(self.W(spread.reshape(B, C, P, d)))  # (B, C, P, d)
