"""The self-play graph network: from a noisy window and its condition to the denoiser's output.

The window is seen twice: as nodes, one feature vector an electrode and time token, on which the
graphs act; and as tokens in time, on which the trunk acts. Where the window comes as sources, the
tokens also see each source's energy a band and set a gain on it. Nodes go in, tokens are read from
them, the trunk relates the tokens to each other and to the video, and nodes come out again.
Electrodes share all weights; what tells them apart is their place on the head and in the graphs.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.embed import ConditionOptions
from videeg_pipe.config.train import SpgnOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.models.parts.fusion import Fusion
from videeg_pipe.models.parts.glmnet import GLMNet, visual_channels
from videeg_pipe.models.parts.track import TrackEncoder
from videeg_pipe.models.spgn.graph_conv import MultiScaleGraphConv
from videeg_pipe.models.spgn.spatial_attention import SpatialGraphAttention
from videeg_pipe.models.spgn.spectral_gain import SpectralGain

PRIOR_WIDTH, TEXT_WIDTH = 512, 768


@dataclass(frozen=True)
class Encoded:
    """A condition, encoded once for all noise levels."""

    c: Tensor  # (B, hidden) what holds for the whole window
    u: Tensor  # (B, P, hidden) what is aligned with time tokens
    frame: Tensor | None = None  # (B, C, C) rotation of sources towards the electrodes


class TimeEmbedder(nn.Module):
    """Sinusoids of the diffusion time, then an MLP."""

    frequencies: Tensor

    def __init__(self, hidden: int, n_sinusoids: int = 64) -> None:
        super().__init__()
        frequencies = torch.logspace(0, -4, n_sinusoids)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.mlp = nn.Sequential(
            nn.Linear(2 * n_sinusoids, hidden), nn.SiLU(), nn.Linear(hidden, hidden)
        )

    def forward(self, t: Tensor) -> Tensor:
        """Embed steps (B,) as (B, hidden)."""
        angles = t[:, None] * self.frequencies  # (B, n_sinusoids)
        return self.mlp(torch.cat([angles.sin(), angles.cos()], dim=-1))


class ConditionEncoder(nn.Module):
    """Fused video, sentence and prior (Eqs. 2-3), stimulus track and person.

    The person is what the sentence says of them and, where they are known, what they add to it.
    """

    def __init__(
        self,
        layout: EegLayout,
        config: SpgnOptions,
        condition: ConditionOptions,
        *,
        track: bool,
        keep_video: bool,
    ) -> None:
        super().__init__()
        hidden, prior = config.hidden, PRIOR_WIDTH if config.eeg_prior != "off" else 0
        self.fusion = Fusion(config.fused, config.heads, prior=prior, keep_video=keep_video)
        self.glmnet = None
        if prior:
            visual = visual_channels(layout.channels, layout.positions_m)
            n_prior = round(condition.context_s * layout.sfreq)
            self.glmnet = GLMNet(len(layout.channels), n_prior, visual, prior)
        self.track = None
        if track:
            self.track = TrackEncoder(
                len(TRACK_CHANNELS),
                n_tokens=config.time_tokens,
                window_s=layout.n_samples / layout.sfreq,
                history_s=condition.track_history_s,
                rate=condition.track_rate,
                width=hidden,
            )
        S = len(layout.subjects)
        sentence = nn.Linear(TEXT_WIDTH, hidden)
        norm = nn.LayerNorm(TEXT_WIDTH, elementwise_affine=False)  # no text stays zero
        self.sentence = nn.Sequential(norm, sentence)
        self.subject = nn.Embedding(S + 1, hidden, padding_idx=S)  # row S, someone new, stays zero
        self.pooled = nn.Linear(config.fused, hidden)
        self.frames = nn.Linear(config.fused, 2 * hidden)
        self.frame_place = nn.Parameter(0.02 * torch.randn(condition.n_frames, config.fused))
        self.query = nn.Parameter(torch.randn(config.time_tokens, hidden))
        nn.init.zeros_(sentence.weight)
        nn.init.normal_(self.subject.weight[:S], std=0.1)

    def forward(self, condition: Condition) -> Encoded:
        """Encode a batch of conditions."""
        prior = None
        if self.glmnet is not None:
            prior = self.glmnet(condition.eeg_prior)  # (B, 512)
        e_fused = self.fusion(condition.clip, condition.text, prior)  # (B, F, fused)
        K, V = self.frames(e_fused + self.frame_place).chunk(2, dim=-1)  # (B, F, hidden)
        Q = self.query.expand(len(condition), -1, -1)  # (B, P, hidden)
        u = functional.scaled_dot_product_attention(Q, K, V)  # (B, P, hidden)
        if self.track is not None:
            u = u + self.track(condition.track)  # (B, P, hidden)
        person = self.sentence(condition.text.mean(1)) + self.subject(condition.subject)
        return Encoded(self.pooled(e_fused.mean(1)) + person, u)  # c: (B, hidden)


class TrunkBlock(nn.Module):
    """Attention over time tokens and MLP, modulated by adaLN-zero; takes the aligned condition."""

    def __init__(self, hidden: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1 = nn.LayerNorm(hidden, elementwise_affine=False)
        self.norm_2 = nn.LayerNorm(hidden, elementwise_affine=False)
        self.modulate = nn.Linear(hidden, 6 * hidden)
        self.aligned = nn.Linear(hidden, hidden)
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.mlp = nn.Sequential(
            nn.Linear(hidden, 4 * hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(4 * hidden, hidden),
        )

    def forward(self, z: Tensor, c: Tensor, u: Tensor) -> Tensor:
        """Go from tokens (B, P, hidden) to tokens, given c (B, hidden) and u (B, P, hidden)."""
        parts = self.modulate(c)[:, None].chunk(6, dim=-1)  # 6 x (B, 1, hidden)
        scale_1, shift_1, gate_1, scale_2, shift_2, gate_2 = parts
        z = z + self.aligned(u)
        h = self.norm_1(z) * (1 + scale_1) + shift_1  # (B, P, hidden)
        q, k, v = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, heads, P, hidden / heads)
            for part in self.qkv(h).chunk(3, dim=-1)
        )
        attended = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        z = z + gate_1 * self.out(attended)  # (B, P, hidden)
        h = self.norm_2(z) * (1 + scale_2) + shift_2
        return z + gate_2 * self.mlp(h)  # (B, P, hidden)


class GraphStage(nn.Module):
    """What the graphs do to the nodes: convolution (Eq. 4), then attention between electrodes."""

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
        """Go from nodes (B, C, P, d) to nodes, along graphs (G, C, C), given c (B, hidden)."""
        if self.conv is not None:
            H = self.conv(H, A)
        if self.attention is not None:
            H = self.attention(H, A, c)
        return H


class SpgnNetwork(nn.Module):
    """The denoiser."""

    adjacency: Tensor
    positions: Tensor
    coverage: Tensor

    def __init__(
        self,
        layout: EegLayout,
        config: SpgnOptions,
        condition: ConditionOptions,
        adjacency: Tensor,
        *,
        n_points: int,
        gain: bool,
        track: bool,
        keep_video: bool,
    ) -> None:
        """Make the network.

        Args:
            layout: What it has to know of the data.
            config: Widths and switches.
            condition: What it is told of a window.
            adjacency: Normalised adjacency of the graphs in use, (G, C, C); G may be 0.
            n_points: K, points in time of the windows that it denoises.
            gain: Whether it sees energies of sources and sets gains on them.
            track: Whether it sees the stimulus track.
            keep_video: See `Fusion`.
        """
        super().__init__()
        hidden, d, P = config.hidden, config.node_width, config.time_tokens
        R, C = config.regions, len(layout.channels)
        self.n_points = n_points
        self.patch = 2 * -(-n_points // (2 * P))  # points a token, even: patches overlap by half
        self.n_tokens = P
        self.register_buffer("adjacency", adjacency)
        positions = layout.positions_m - layout.positions_m.mean(0)
        scaled = positions / max(float(np.abs(positions).max()), 1e-12)
        self.register_buffer("positions", torch.from_numpy(scaled.astype(np.float32)))

        self.encoder = ConditionEncoder(
            layout, config, condition, track=track, keep_video=keep_video
        )
        self.time = TimeEmbedder(hidden)
        self.patches_in = nn.Linear(2 * self.patch, d)
        self.gain = None
        if gain:
            rate = layout.sfreq * n_points / layout.n_samples
            self.gain = SpectralGain(2 * self.patch, rate)
            whole = self._join(self._cut(torch.ones(1, 1, n_points)) * self.gain.window)
            self.register_buffer("coverage", whole, persistent=False)  # (1, 1, K)
            self.energy_in = nn.Linear(self.gain.n_bands, d)
            self.sources_in = nn.Linear(C * self.gain.n_bands, hidden)
            self.gain_out = nn.Linear(hidden, C * self.gain.n_bands)
            self.graph_gate = nn.Parameter(torch.zeros(hidden))  # what it adds is learned late
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
        self.patches_out = nn.Linear(d, 2 * self.patch)
        self._initialise()

    def _initialise(self) -> None:
        """Start every block at the identity and the output at zero (adaLN-zero)."""
        zero = [self.modulate_out, self.patches_out]
        zero += [self.gain_out] if self.gain is not None else []
        for module in self.modules():
            if isinstance(module, TrunkBlock):
                zero += [module.modulate]
            if isinstance(module, SpatialGraphAttention):
                zero += [module.modulate]
        for layer in zero:
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, x_t: Tensor, t: Tensor, encoded: Encoded, nodes: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Denoise.

        Args:
            x_t: Noisy windows, (B, C, K), over sources if `encoded` has a frame, else electrodes.
            t: Diffusion steps, (B,).
            encoded: The condition, from `encoder`.
            nodes: What the graphs see, (B, C, K) over electrodes, if not x_t itself.

        Returns:
            The output, (B, C, K), and the graph embedding of the input, (B, hidden).
        """
        c = encoded.c + self.time(t)  # (B, hidden)
        c = functional.silu(c)
        patches = self._cut(x_t)  # (B, C, P, L), L = 2 patch
        shown = self._cut(rotate(x_t, encoded.frame) if nodes is None else nodes)  # (B, C, P, L)
        H = self.patches_in(shown) + self.place(self.positions)[:, None]  # (B, C, P, d)
        if self.gain is not None:
            H = H + self.energy_in(self.gain.log_energy(self.gain.spectrum(shown)))
        H = self.graphs_in(H, self.adjacency, c)  # (B, C, P, d)
        into, out_of = self._regions()  # (R, C), (C, R)
        z = torch.einsum("rc,bcpd->bprd", into, H)  # (B, P, R, d)
        z = self.read_in(z.flatten(2))  # (B, P, hidden)
        embedding = z.mean(1)  # (B, hidden)
        if self.gain is not None:
            spectrum = self.gain.spectrum(patches)  # (B, C, P, L)
            energy = self.gain.log_energy(spectrum).transpose(1, 2)  # (B, P, C, bands)
            z = self.graph_gate * z + self.sources_in(energy.flatten(2))
        z = z + self.token_place
        for block in self.trunk:
            z = block(z, c, encoded.u)  # (B, P, hidden)
        scale, shift = self.modulate_out(c)[:, None].chunk(2, dim=-1)  # (B, 1, hidden)
        z = self.norm_out(z) * (1 + scale) + shift
        read = self.read_out(z).unflatten(-1, (into.shape[0], -1))  # (B, P, R, d)
        H = H + torch.einsum("cr,bprd->bcpd", out_of, read)  # (B, C, P, d)
        H = self.norm_nodes(self.graphs_out(H, self.adjacency, c))  # (B, C, P, d)
        frame = None if encoded.frame is None else encoded.frame.mT
        out = rotate(self.patches_out(H).flatten(2), frame).view_as(patches)  # (B, C, P, L)
        output = self._join(out)  # (B, C, K)
        if self.gain is not None:
            gain = self.gain_out(z).unflatten(-1, (x_t.shape[1], -1))  # (B, P, C, bands)
            filtered = self.gain(spectrum, gain.transpose(1, 2))  # (B, C, P, L)
            output = output + self._join(filtered) / self.coverage
        return output, embedding

    def _regions(self) -> tuple[Tensor, Tensor]:
        """Weights with which electrodes are gathered in regions (R, C), and regions spread (C, R).

        They depend on the electrodes' positions alone: any montage will do, in any order.
        """
        into, out_of = self.regions(self.positions).chunk(2, dim=-1)  # (C, R) each
        return into.T / len(into) ** 0.5, out_of

    def _cut(self, x: Tensor) -> Tensor:
        """Cut (B, C, T) into (B, C, P, 2 patch): each token and half a patch either side."""
        missing = self.n_tokens * self.patch - self.n_points
        half = self.patch // 2
        return functional.pad(x, (half, half + missing)).unfold(-1, 2 * self.patch, self.patch)

    def _join(self, patches: Tensor) -> Tensor:
        """Add overlapping patches, (B, C, P, 2 patch), up to (B, C, T)."""
        first, second = patches.chunk(2, dim=-1)  # (B, C, P, patch)
        joined = functional.pad(first, (0, 0, 0, 1)) + functional.pad(
            second, (0, 0, 1, 0)
        )  # (B, C, P + 1, patch)
        half = self.patch // 2
        return joined.flatten(2)[..., half : half + self.n_points]  # (B, C, T)


def rotate(x: Tensor, frame: Tensor | None) -> Tensor:
    """Rotate (B, C, K) over C by (B, C, C), where there is something to rotate by."""
    return x if frame is None else frame @ x
