"""The condition encoder of SPGN and of all baselines: video, sentence, prior, track and person."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.models.parts.fusion import Fusion
from videeg_pipe.models.parts.glmnet import GLMNet, visual_channels
from videeg_pipe.models.parts.track import TrackEncoder

PRIOR_WIDTH = 512


@dataclass(frozen=True)
class EncodedCondition:
    """A condition, encoded once for all noise levels."""

    c: Tensor  # (B, hidden) global to the window
    u: Tensor  # (B, P, hidden) aligned with the window's time tokens
    frame: Tensor | None = None  # (B, C, C) rotation of sources towards electrodes, SPGN only


class ConditionEncoder(nn.Module):
    """Fused video, sentence and prior (Eqs. 2-3), stimulus track and person.

    A person is encoded by their sentence, plus an embedding if they were in the training data.
    """

    def __init__(
        self,
        layout: EegLayout,
        condition: ConditionOptions,
        *,
        hidden: int,
        fused: int,
        heads: int,
        n_tokens: int,
        eeg_prior: bool,
        track: bool,
        keep_video: bool,
    ) -> None:
        """Make the layers.

        Args:
            layout: Electrodes, rate, window length and subjects.
            condition: Frames, context and rate of the track.
            hidden: Width of the encoded condition.
            fused: Width of e_fused.
            heads: Attention heads of the fusion.
            n_tokens: P, time tokens per window.
            eeg_prior: Whether GLMNet encodes the EEG before the window.
            track: Whether the stimulus track is encoded.
            keep_video: See `Fusion`.
        """
        super().__init__()
        prior = PRIOR_WIDTH if eeg_prior else 0
        self.fusion = Fusion(fused, heads, prior=prior, keep_video=keep_video)
        self.glmnet = None
        if prior:
            visual = visual_channels(layout.channels, layout.positions_m)
            n_prior = round(condition.context_s * layout.sfreq)
            self.glmnet = GLMNet(len(layout.channels), n_prior, visual, prior)
        self.track = None
        if track:
            self.track = TrackEncoder(
                len(TRACK_CHANNELS),
                n_tokens=n_tokens,
                window_s=layout.n_samples / layout.sfreq,
                history_s=condition.track_history_s,
                rate=condition.track_rate,
                width=hidden,
            )
        S = len(layout.subjects)
        sentence = nn.Linear(CLIP_WIDTH, hidden)
        norm = nn.LayerNorm(CLIP_WIDTH, elementwise_affine=False)  # no text stays zero
        self.sentence = nn.Sequential(norm, sentence)
        self.subject = nn.Embedding(S + 1, hidden, padding_idx=S)  # row S, held-out, stays zero
        self.pooled = nn.Linear(fused, hidden)
        self.frames = nn.Linear(fused, 2 * hidden)
        self.frame_place = nn.Parameter(0.02 * torch.randn(condition.n_frames, fused))
        self.query = nn.Parameter(torch.randn(n_tokens, hidden))
        nn.init.zeros_(sentence.weight)
        nn.init.normal_(self.subject.weight[:S], std=0.1)

    def forward(self, condition: Condition) -> EncodedCondition:
        """Encode B conditions."""
        prior = None
        if self.glmnet is not None:
            prior = self.glmnet(condition.eeg_prior)  # (B, 512)
        e_fused = self.fusion(condition.clip, condition.text, prior)  # (B, F, fused), Eqs. 2-3
        K, V = self.frames(e_fused + self.frame_place).chunk(2, dim=-1)  # (B, F, hidden)
        Q = self.query.expand(len(condition), -1, -1)  # (B, P, hidden)
        u = functional.scaled_dot_product_attention(Q, K, V)  # (B, P, hidden)
        if self.track is not None:
            u = u + self.track(condition.track)  # (B, P, hidden)
        person = self.sentence(condition.text.mean(1)) + self.subject(condition.subject)
        return EncodedCondition(self.pooled(e_fused.mean(1)) + person, u)  # c: (B, hidden)
