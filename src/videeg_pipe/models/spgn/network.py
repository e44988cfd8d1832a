"""The self-play graph network: from a noisy window and its condition to the denoiser's output.

The window has two views: nodes, one feature vector per electrode and time token, on which the
graphs act; and tokens in time, on which the trunk acts. Tokens are read from the nodes. The trunk
relates them to each other and to the video, and nodes are written back. Electrodes share all
weights; they differ by their positions on the head and in the graphs.

Symbols: B windows, C electrodes or sources, K points, P time tokens, L points per patch, d features
per node, R regions, G graphs.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.spgn import SpgnOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.parts.condition import ConditionEncoder, EncodedCondition
from videeg_pipe.models.parts.time import TimeEmbedder
from videeg_pipe.models.spgn.graph_stage import GraphStage
from videeg_pipe.models.spgn.patches import Patches
from videeg_pipe.models.spgn.spatial_attention import SpatialGraphAttention
from videeg_pipe.models.spgn.trunk import TrunkBlock


class SpgnNetwork(nn.Module):
    """The denoiser without spectral gains; `SpectralSpgnNetwork` adds them."""

    adjacency: Tensor
    positions: Tensor

    def __init__(
        self,
        layout: EegLayout,
        config: SpgnOptions,
        condition: ConditionOptions,
        adjacency: Tensor,
        *,
        n_points: int,
        track: bool,
        keep_video: bool,
    ) -> None:
        """Make the network.

        Args:
            layout: Electrodes, rate, window length and subjects.
            config: Widths and switches.
            condition: Options of the condition.
            adjacency: Normalised adjacency of the graphs in use, (G, C, C); G may be 0.
            n_points: K, points in time of the windows to denoise.
            track: Whether the stimulus track is encoded.
            keep_video: See `Fusion`.
        """
        super().__init__()
        hidden, d, P, R = config.hidden, config.node_width, config.time_tokens, config.regions
        self.patches = Patches(n_points, P)
        self.register_buffer("adjacency", adjacency)
        positions = layout.positions_m - layout.positions_m.mean(0)
        scaled = positions / max(float(np.abs(positions).max()), 1e-12)
        self.register_buffer("positions", torch.from_numpy(scaled.astype(np.float32)))

        self.encoder = ConditionEncoder(
            layout,
            condition,
            hidden=hidden,
            fused=config.fused,
            heads=config.heads,
            n_tokens=P,
            eeg_prior=config.eeg_prior != "off",
            track=track,
            keep_video=keep_video,
        )
        self.time = TimeEmbedder(hidden)
        self.patches_in = nn.Linear(self.patches.length, d)
        self._make_spectral_path(layout, config)
        self.place = nn.Sequential(nn.Linear(3, d), nn.GELU(), nn.Linear(d, d))
        self.regions = nn.Sequential(nn.Linear(3, R), nn.GELU(), nn.Linear(R, 2 * R))
        self.graphs_in = GraphStage(config, len(adjacency))
        self.read_in = nn.Linear(R * d, hidden)
        self.token_place = nn.Parameter(0.02 * torch.randn(P, hidden))
        self.trunk = nn.ModuleList(
            TrunkBlock(hidden, config.heads, config.dropout) for _ in range(config.layers)
        )
        self.norm_out = nn.LayerNorm(hidden, elementwise_affine=False)
        self.modulate_out = nn.Linear(hidden, 2 * hidden)
        self.read_out = nn.Linear(hidden, R * d)
        self.graphs_out = GraphStage(config, len(adjacency))
        self.norm_nodes = nn.LayerNorm(d)
        self.patches_out = nn.Linear(d, self.patches.length)
        for layer in self._zero_layers():
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def _make_spectral_path(self, layout: EegLayout, config: SpgnOptions) -> None:
        """Do nothing: only `SpectralSpgnNetwork` has a spectral path."""

    def _zero_layers(self) -> list[nn.Linear]:
        """Layers that start at zero: every block as the identity, the output as zero."""
        blocks = [m for m in self.modules() if isinstance(m, TrunkBlock | SpatialGraphAttention)]
        return [self.modulate_out, self.patches_out, *(block.modulate for block in blocks)]

    def forward(
        self, x_t: Tensor, t: Tensor, encoded: EncodedCondition, nodes: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Denoise coordinates.

        Args:
            x_t: Noisy windows, (B, C, K), over sources if `encoded` has a frame, else electrodes.
            t: Diffusion steps, (B,).
            encoded: The condition, from `encoder` (Eqs. 2-3).
            nodes: Input of the graphs, (B, C, K) over electrodes; default x_t itself.

        Returns:
            The output, (B, C, K), and the graph embedding G(x) of the input (Eq. 5), (B, hidden).
        """
        c = functional.silu(encoded.c + self.time(t))  # (B, hidden)
        nodes = rotate(x_t, encoded.frame) if nodes is None else nodes  # (B, C, K)
        gather, spread = self._regions()  # (R, C), (C, R)
        H = self._embed_nodes(self.patches.cut(nodes))  # (B, C, P, d)
        H = self.graphs_in(H, self.adjacency, c)  # (B, C, P, d), Eq. 4
        z = self._read_tokens(H, gather)  # (B, P, hidden)
        embedding = z.mean(1)  # (B, hidden), G(x) of Eq. 5
        spectra = self._spectra(x_t)  # (B, C, P, L) with a spectral path
        z = self._add_sources(z, spectra) + self.token_place  # (B, P, hidden)
        z = self._relate(z, c, encoded.u)  # (B, P, hidden)
        H = H + self._write_nodes(z, spread)  # (B, C, P, d)
        H = self.graphs_out(H, self.adjacency, c)  # (B, C, P, d), Eq. 4
        output = self._to_window(H, encoded.frame)  # (B, C, K)
        return self._add_filtered(output, spectra, z), embedding

    def _regions(self) -> tuple[Tensor, Tensor]:
        """Weights that gather electrodes in regions, (R, C), and spread regions, (C, R).

        They depend on the electrodes' positions alone, so any montage fits, in any order.
        """
        gather, spread = self.regions(self.positions).chunk(2, dim=-1)  # (C, R) each
        return gather.T / len(gather) ** 0.5, spread

    def _embed_nodes(self, patches: Tensor) -> Tensor:
        """Embed patches over electrodes, (B, C, P, L), with their positions: (B, C, P, d)."""
        return self.patches_in(patches) + self.place(self.positions)[:, None]

    def _read_tokens(self, H: Tensor, gather: Tensor) -> Tensor:
        """Read tokens (B, P, hidden) from nodes (B, C, P, d)."""
        z = torch.einsum("rc,bcpd->bprd", gather, H)  # (B, P, R, d)
        return self.read_in(z.flatten(2))  # (B, P, hidden)

    def _spectra(self, x_t: Tensor) -> Tensor:
        """Return local spectra of the noisy window; without a spectral path, a stand-in."""
        return x_t

    def _add_sources(self, z: Tensor, spectra: Tensor) -> Tensor:
        """Add the sources' energies to tokens (B, P, hidden); by default, return them unchanged."""
        return z

    def _relate(self, z: Tensor, c: Tensor, u: Tensor) -> Tensor:
        """Run the trunk and the final modulation on tokens (B, P, hidden)."""
        for block in self.trunk:
            z = block(z, c, u)  # (B, P, hidden)
        scale, shift = self.modulate_out(c)[:, None].chunk(2, dim=-1)  # (B, 1, hidden)
        return self.norm_out(z) * (1 + scale) + shift

    def _write_nodes(self, z: Tensor, spread: Tensor) -> Tensor:
        """Write tokens (B, P, hidden) to nodes (B, C, P, d)."""
        regions = self.read_out(z).unflatten(-1, (spread.shape[1], -1))  # (B, P, R, d)
        return torch.einsum("cr,bprd->bcpd", spread, regions)

    def _to_window(self, H: Tensor, frame: Tensor | None) -> Tensor:
        """Map nodes (B, C, P, d) to a window (B, C, K), over sources where there is a frame."""
        patches = self.patches_out(self.norm_nodes(H))  # (B, C, P, L)
        if frame is not None:
            patches = (frame.mT @ patches.flatten(2)).view_as(patches)  # (B, C, P, L)
        return self.patches.join(patches)

    def _add_filtered(self, output: Tensor, spectra: Tensor, z: Tensor) -> Tensor:
        """Add the filtered noisy window to the output; the default returns it unchanged."""
        return output


def rotate(x: Tensor, frame: Tensor | None) -> Tensor:
    """Rotate (B, C, K) over C by (B, C, C); return x without a frame."""
    return x if frame is None else frame @ x
