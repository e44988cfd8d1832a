"""MindCross (Liu et al., AAAI 2026, arXiv 2511.14196), re-implemented in its main idea.

r: output of the encoder that all people share, trained against subject identity. s_i: output of
person i's own encoder, trained for it. Both are fused as f(s, r) + r. For a new person, the K own
encoders that find the EEG most like their person's vote. The published reconstruction losses are
left out, and calibration of an own encoder for a new person too: other rows have `heads`.
"""

import math
from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config import section
from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.config.mindcross import MindcrossOptions
from videeg_pipe.models.decoders.adversary import SubjectAdversary, ramp
from videeg_pipe.models.decoders.base import Answer, DecoderLayout
from videeg_pipe.models.decoders.network import Batch, NetworkDecoder, regression

_KERNEL, _STRIDE, _TOKENS = 25, 4, 10


class Encoder(nn.Module):
    """One convolution over all electrodes, pooled in time."""

    def __init__(self, n_channels: int, options: MindcrossOptions) -> None:
        """Make the layers."""
        super().__init__()
        filters = options.filters
        self.layers = nn.Sequential(
            nn.Conv1d(n_channels, filters, _KERNEL, _STRIDE, padding=_KERNEL // 2),
            nn.BatchNorm1d(filters),
            nn.GELU(),
            nn.AdaptiveAvgPool1d(_TOKENS),
            nn.Flatten(),
            nn.Dropout(options.dropout),
            nn.Linear(_TOKENS * filters, options.width),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Encode EEG (B, C, T) as (B, d)."""
        return self.layers(z)


class Mindcross(NetworkDecoder):
    """A shared encoder, an own one per known person, and heads that all share."""

    def __init__(
        self, layout: DecoderLayout, options: MindcrossOptions, training: DecodersOptions
    ) -> None:
        """Make encoders and heads.

        Args:
            layout: Shapes, electrodes and known people.
            options: Sizes and weights of the losses.
            training: Steps, batches and learning rate.
        """
        super().__init__(layout, training)
        C, S, d = len(layout.channels), len(layout.subjects), options.width
        self.options = options
        self.shared = Encoder(C, options)
        self.own = nn.ModuleList(Encoder(C, options) for _ in range(S))
        self.likeness = nn.Parameter(torch.randn(S, d) / math.sqrt(d))
        self.fuse = nn.Linear(2 * d, d)
        self.adversary = SubjectAdversary(d, S)
        self.hidden = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Dropout(options.dropout))
        self.text_head = nn.Linear(2 * d, math.prod(layout.text_shape))
        self.picture_head = nn.Linear(2 * d, math.prod(layout.latent_shape))

    @classmethod
    def from_config(cls, layout: DecoderLayout, config: Mapping[str, Any]) -> Self:
        """Make an unfitted decoder from `mindcross` and `decoders`."""
        options = section(MindcrossOptions, config["mindcross"])
        return cls(layout, options, section(DecodersOptions, config["decoders"]))

    def heads(self) -> list[nn.Linear]:
        """Return the projections to tokens and latents."""
        return [self.text_head, self.picture_head]

    def answer(self, z: Tensor, person: Tensor) -> Answer:
        """Decode by the own encoder of known people, and by the vote of K for new ones."""
        own, likeness = self._own(z)  # (B, S, d), (B, S)
        S = own.shape[1]
        votes, chosen = likeness.topk(min(self.options.top, S), dim=1)  # (B, K)
        weights = torch.zeros_like(likeness).scatter(1, chosen, votes.softmax(1))  # (B, S)
        known = functional.one_hot(person, S + 1)[:, :S].to(weights)
        weights = torch.where((person < S)[:, None], known, weights)
        return self._decode(self.shared(z), own, weights)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return L_task, the adversary of r and the subject classification of s."""
        shared = self.shared(batch.z)  # (B, d)
        own, likeness = self._own(batch.z)
        weights = functional.one_hot(batch.person, own.shape[1]).to(shared)  # (B, S)
        decoded = self._decode(shared, own, weights)
        losses = regression(decoded.text, decoded.latents, batch)
        losses["people"] = self.options.people * functional.cross_entropy(likeness, batch.person)
        if self.options.adversary:
            weight = self.options.adversary * ramp(batch.done)
            losses["subject"] = self.adversary(shared, batch.person, batch.present, weight)
        return losses

    def _own(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return all people's s (B, S, d), and how much each finds the EEG like its own (B, S)."""
        own = torch.stack([encode(z) for encode in self.own], 1)
        return own, (own * self.likeness).sum(-1)

    def _decode(self, shared: Tensor, own: Tensor, weights: Tensor) -> Answer:
        """Fuse r (B, d) with each s (B, S, d), weight the results (B, S), and decode."""
        r = shared[:, None].expand_as(own)  # (B, S, d)
        fused = self.fuse(torch.cat([own, r], -1)) + r  # (B, S, d)
        hidden = self.hidden((fused * weights[..., None]).sum(1))  # (B, 2 d)
        return Answer(
            self.text_head(hidden).unflatten(1, self.layout.text_shape),
            self.picture_head(hidden).unflatten(1, self.layout.latent_shape),
        )
