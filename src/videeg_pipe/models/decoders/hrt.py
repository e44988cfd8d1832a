"""The hybrid region-temporal (HRT) encoder of SAM-Net.

Han and Tan, CVPR 2026. E: EEG (B, C, T). Q: learned queries. K, V: keys and values over time. Sizes
that the paper leaves open are options of `sam_net.hrt`.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.sam_net import HrtOptions
from videeg_pipe.contracts.montage import electrode_regions
from videeg_pipe.models.decoders.base import DecoderLayout

_SQUEEZED = 16  # width inside electrode attention


def region_indices(layout: DecoderLayout, options: HrtOptions) -> list[list[int]]:
    """Return the electrodes of each extractor; regions without electrode have none."""
    if not options.regions:
        return [list(range(len(layout.channels)))]
    found = electrode_regions(layout.channels, layout.positions)
    return [found[name] for name in options.regions if name in found]


class HrtEncoder(nn.Module):
    """EEG to Q tokens: electrode attention, regions, time scales, attention of learned queries."""

    seen: Tensor

    def __init__(self, layout: DecoderLayout, n_queries: int, options: HrtOptions) -> None:
        """Make the layers.

        Args:
            layout: Electrodes and length of a window.
            n_queries: Q, such as 77 text tokens or the frames of a clip.
            options: Sizes.
        """
        super().__init__()
        C, d = len(layout.channels), options.width
        self.options, self.regions = options, region_indices(layout, options)
        seen = torch.zeros(C)
        for members in self.regions:
            seen[members] = 1
        self.register_buffer("seen", seen, persistent=False)  # electrodes of the regions
        self.electrode_attention = nn.Sequential(
            nn.Linear(C, _SQUEEZED), nn.ReLU(), nn.Linear(_SQUEEZED, C), nn.Sigmoid()
        )
        self.extractors = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(
                    len(members), options.filters, options.kernel, options.stride,
                    padding=options.kernel // 2,
                ),
                nn.GELU(),
                nn.BatchNorm1d(options.filters),
                nn.Dropout(options.dropout),
            )
            for members in self.regions
        )  # fmt: skip
        self.join = nn.Linear(options.filters * len(self.regions), d)
        n_tokens = (layout.n_samples - 1) // options.stride + 1
        # from 0, attention would start as a mean over time, in which responses cancel
        codes = torch.randn(n_tokens, d) if options.positions else torch.zeros(n_tokens, d)
        self.position = nn.Parameter(codes, requires_grad=options.positions)
        self.key, self.value = nn.Linear(d, d), nn.Linear(d, d)
        self.scales = nn.ModuleList(nn.Conv1d(d, d, k, padding="same") for k in options.scales)
        self.join_scales = nn.Linear(d * len(options.scales), d) if options.scales else None
        self.query = nn.Parameter(torch.randn(n_queries, d))
        self.attention = nn.MultiheadAttention(d, options.heads, batch_first=True)
        self.layers = nn.Sequential(
            *(
                nn.TransformerEncoderLayer(
                    d, options.heads, 4 * d, activation="gelu", batch_first=True, norm_first=True
                )
                for _ in range(options.layers)
            ),
            nn.LayerNorm(d),
        )

    def forward(self, eeg: Tensor) -> Tensor:
        """Encode standardised EEG (B, C, T) as (B, Q, d)."""
        x = self.augment(eeg)  # (B, C, T)
        x = self.attend_electrodes(x)  # (B, C, T), Eq. 1
        h = self.extract_regions(x)  # (B, T', d), Eqs. 2 and 3
        return self.query_times(h)  # (B, Q, d), Eq. 4

    def augment(self, x: Tensor) -> Tensor:
        """Add noise and drop electrodes, RD(E + N(0, sigma²)); in training only."""
        if not self.training:
            return x
        noisy = x + self.options.noise * torch.randn_like(x)
        return functional.dropout1d(noisy, self.options.electrode_dropout)

    def attend_electrodes(self, x: Tensor) -> Tensor:
        """Weight electrodes by W = sigmoid(L(ReLU(L(AP(x))))) (Eq. 1)."""
        if self.options.attention == "off":
            return x
        pooled = x.mean(-1)  # (B, C)
        if self.options.attention == "log-variance":
            pooled = x.var(-1).clamp_min(1e-6).log()
        return x * self.electrode_attention(pooled * self.seen)[..., None]

    def extract_regions(self, x: Tensor) -> Tensor:
        """Filter each region, concatenate the features and project them (Eqs. 2 and 3)."""
        parts = [
            extract(x[:, members])  # (B, filters, T')
            for extract, members in zip(self.extractors, self.regions, strict=True)
        ]
        return self.join(torch.cat(parts, 1).mT) + self.position  # (B, T', d)

    def query_times(self, h: Tensor) -> Tensor:
        """Attend to keys at several time scales, then refine the tokens (Eq. 4)."""
        keys, values = self.key(h), self.value(h)  # (B, T', d)
        if self.join_scales is not None:
            several = torch.cat([scale(keys.mT) for scale in self.scales], 1)  # (B, 3d, T')
            keys = self.join_scales(several.mT)  # (B, T', d)
        queries = self.query.expand(len(h), -1, -1)  # (B, Q, d)
        attended, _ = self.attention(queries, keys, values, need_weights=False)
        return self.layers(queries + attended)  # (B, Q, d)
