"""DynaMind (Liu et al., CVPR 2026), re-implemented: RSM, prior and TDA.

RSM: regional semantic mapper, EEG to one semantic embedding. Prior: embedding to text tokens. TDA:
temporal dynamics aligner, EEG to a latent per frame. Of the published losses, those on CLIP's
picture embedding use the mean latent instead: pictures have no other target here. The prior is a
regression, not a diffusion.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config import section
from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.config.dynamind import DynamindOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_regions
from videeg_pipe.models.decoders.base import Answer, DecoderLayout
from videeg_pipe.models.decoders.losses import contrastive
from videeg_pipe.models.decoders.network import Batch, NetworkDecoder, regression

_REGIONS = {
    "frontal": SEED_DV_CHANNELS[0:17],
    "central": SEED_DV_CHANNELS[17:35],
    "parietal": SEED_DV_CHANNELS[35:51],  # with PO7
    "occipital": SEED_DV_CHANNELS[51:62],
}
"""The published ranges of SEED-DV's electrodes."""


class RegionalMapper(nn.Module):
    """RSM: three convolutions per region, then a joint embedding."""

    def __init__(self, layout: DecoderLayout, options: DynamindOptions) -> None:
        """Make the regions' layers; regions without electrode are left out."""
        super().__init__()
        found = electrode_regions(layout.channels, layout.positions, _REGIONS)
        self.regions = list(found.values())
        self.extractors = nn.ModuleList(
            _convolutions([len(members), *options.filters]) for members in self.regions
        )
        joined = len(self.regions) * options.filters[-1]
        self.project = nn.Sequential(
            nn.Linear(joined, joined),
            nn.GELU(),
            nn.Dropout(options.dropout),
            nn.Linear(joined, options.width),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Embed EEG (B, C, T) as (B, d)."""
        parts = [
            extract(z[:, members]).mean(-1)  # (B, filters)
            for extract, members in zip(self.extractors, self.regions, strict=True)
        ]
        return self.project(torch.cat(parts, 1))  # (B, d)


class Prior(nn.Module):
    """Causal transformer over the embedding and learned queries, one per token."""

    mask: Tensor

    def __init__(self, n_tokens: int, options: DynamindOptions) -> None:
        """Make queries and layers."""
        super().__init__()
        d = options.width
        self.query = nn.Parameter(torch.randn(n_tokens, d))
        self.layers = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(
                d, options.heads, 4 * d, activation="gelu", batch_first=True, norm_first=True
            ),
            options.prior_layers,
            enable_nested_tensor=False,
        )
        mask = nn.Transformer.generate_square_subsequent_mask(n_tokens + 1)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, embedding: Tensor) -> Tensor:
        """Return tokens (B, tokens, d) of embeddings (B, d)."""
        queries = self.query.expand(len(embedding), -1, -1)  # (B, tokens, d)
        sequence = torch.cat([embedding[:, None], queries], 1)  # (B, 1 + tokens, d)
        return self.layers(sequence, mask=self.mask, is_causal=True)[:, 1:]  # (B, tokens, d)


class TemporalAligner(nn.Module):
    """TDA: a learned filter of the whole spectrum, then a patch of time per frame."""

    def __init__(self, layout: DecoderLayout, options: DynamindOptions) -> None:
        """Make filter, patches and convolutions over the frames."""
        super().__init__()
        C, T, F, d = (
            len(layout.channels),
            layout.n_samples,
            layout.latent_shape[0],
            options.temporal_width,
        )
        gain = torch.zeros(T // 2 + 1, 2)
        gain[:, 0] = 1  # passes everything
        self.gain = nn.Parameter(gain)  # real and imaginary part
        self.patch = min(options.patch, T)
        self.starts = [round(f * (T - self.patch) / max(1, F - 1)) for f in range(F)]
        self.embed = nn.ModuleList(nn.Linear(C * self.patch, d) for _ in range(F))
        self.mix = nn.Sequential(
            nn.Conv1d(d, d, 3, padding=1),
            nn.GELU(),
            nn.Dropout(options.dropout),
            nn.Conv1d(d, 2 * d, 3, padding=1),
            nn.GELU(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Encode EEG (B, C, T) as one token per frame, (B, F, 2 d)."""
        spectrum = torch.fft.rfft(z) * torch.view_as_complex(self.gain)  # (B, C, T // 2 + 1)
        x = torch.fft.irfft(spectrum, n=z.shape[-1])  # (B, C, T)
        patches = [x[..., start : start + self.patch].flatten(1) for start in self.starts]
        tokens = [embed(p) for embed, p in zip(self.embed, patches, strict=True)]  # F x (B, d)
        return self.mix(torch.stack(tokens, 2)).mT  # (B, F, 2 d)


class Dynamind(NetworkDecoder):
    """Text by RSM and prior, latents by TDA."""

    def __init__(
        self, layout: DecoderLayout, options: DynamindOptions, training: DecodersOptions
    ) -> None:
        """Make the three parts and their heads.

        Args:
            layout: Shapes, electrodes and concepts.
            options: Sizes and weights of the losses.
            training: Steps, batches and learning rate.
        """
        super().__init__(layout, training)
        self.options, d = options, options.width
        (tokens, width), (_, *picture) = layout.text_shape, layout.latent_shape
        self.regional = RegionalMapper(layout, options)
        self.prior = Prior(tokens, options)
        self.temporal = TemporalAligner(layout, options)
        self.text_head = nn.Linear(d, width)
        self.picture_head = nn.Linear(2 * options.temporal_width, int(np.prod(picture)))
        self.pooled_text = nn.Linear(d, width)
        self.pooled_picture = nn.Linear(d, int(np.prod(picture)))
        self.concept = nn.Linear(d, len(layout.concepts))

    @classmethod
    def from_config(cls, layout: DecoderLayout, config: Mapping[str, Any]) -> Self:
        """Make an unfitted decoder from `dynamind` and `decoders`."""
        options = section(DynamindOptions, config["dynamind"])
        return cls(layout, options, section(DecodersOptions, config["decoders"]))

    def heads(self) -> list[nn.Linear]:
        """Return the projections to tokens and latents."""
        return [self.text_head, self.picture_head]

    def answer(self, z: Tensor, person: Tensor) -> Answer:
        """Decode standardised EEG (B, C, T); who it is has no effect."""
        return self._decode(self.regional(z), z)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the losses of RSM, prior and TDA."""
        weights = self.options
        embedding = self.regional(batch.z)  # (B, d)
        decoded = self._decode(embedding, batch.z)
        losses = regression(decoded.text, decoded.latents, batch)
        text, picture = batch.text.mean(1), batch.latents.mean(1).flatten(1)  # pooled targets
        pooled = self.pooled_text(embedding), self.pooled_picture(embedding)
        losses["alignment"] = weights.alignment * (
            functional.mse_loss(pooled[0], text) + functional.mse_loss(pooled[1], picture)
        )
        losses["contrastive"] = weights.contrastive * (
            contrastive(pooled[0], text, batch.clip) + contrastive(pooled[1], picture, batch.clip)
        )
        losses["classes"] = weights.classes * functional.cross_entropy(
            self.concept(embedding), batch.concept
        )
        return losses | self._frame_losses(decoded.latents, batch)

    def _frame_losses(self, latents: Tensor, batch: Batch) -> dict[str, Tensor]:
        """Return TDA's losses: frames among all frames of the batch, and their distances."""
        F = latents.shape[1]
        predicted, true = latents.flatten(2), batch.latents.flatten(2)  # (B, F, 4 h w)
        frame = (batch.clip[:, None] * F + torch.arange(F, device=batch.clip.device)).flatten()
        structure = functional.mse_loss(_squared_distances(predicted), _squared_distances(true))
        return {
            "frames": self.options.contrastive
            * contrastive(predicted.flatten(0, 1), true.flatten(0, 1), frame),
            "structure": self.options.structure * structure,
        }

    def _decode(self, embedding: Tensor, z: Tensor) -> Answer:
        latents = self.picture_head(self.temporal(z))  # (B, F, 4 h w)
        return Answer(
            self.text_head(self.prior(embedding)),
            latents.unflatten(-1, self.layout.latent_shape[1:]),
        )


def _convolutions(widths: list[int]) -> nn.Sequential:
    """Make convolutions of length 3 with batch norm and GELU; all but the last one pool by 2."""
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(pairwise(widths)):
        layers += [nn.Conv1d(before, after, 3, padding=1), nn.BatchNorm1d(after), nn.GELU()]
        if number < len(widths) - 2:
            layers.append(nn.MaxPool1d(2))
    return nn.Sequential(*layers)


def _squared_distances(frames: Tensor) -> Tensor:
    """Mean squared differences between all frames (B, F, p), (B, F, F)."""
    return (frames[:, :, None] - frames[:, None]).square().sum(-1) / math.prod(frames.shape[2:])
