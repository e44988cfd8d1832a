"""The graph stage on nodes: graph convolution (Eq. 4), then spatial-graph attention."""

from torch import Tensor, nn

from videeg_pipe.config.spgn import SpgnOptions
from videeg_pipe.models.spgn.graph_conv import MultiScaleGraphConv
from videeg_pipe.models.spgn.spatial_attention import SpatialGraphAttention


class GraphStage(nn.Module):
    """Both layers in sequence; each can be switched off."""

    def __init__(self, config: SpgnOptions, n_graphs: int) -> None:
        super().__init__()
        d, heads = config.node_width, config.heads
        self.conv = MultiScaleGraphConv(d, heads, n_graphs) if n_graphs else None
        self.attention = None
        if config.spatial_attention:
            self.attention = SpatialGraphAttention(
                d, heads, n_tokens=config.time_tokens, n_graphs=n_graphs, condition=config.hidden
            )

    def forward(self, H: Tensor, A: Tensor, c: Tensor) -> Tensor:
        """Map nodes (B, C, P, d) to nodes, along graphs (G, C, C), given c (B, hidden)."""
        if self.conv is not None:
            H = self.conv(H, A)  # (B, C, P, d)
        if self.attention is not None:
            H = self.attention(H, A, c)  # (B, C, P, d)
        return H
