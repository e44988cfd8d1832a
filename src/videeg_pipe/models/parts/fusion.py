"""Fusion of video, sentence and EEG prior: Eqs. 2 and 3."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.contracts.constants import CLIP_WIDTH


class Fusion(nn.Module):
    """Cross-attention with the video as query (Eq. 2), then concatenation and projection (Eq. 3).

    Eq. 2 returns a mixture of the sentence's values; the video only sets the weights. `keep_video`
    adds the query, as transformers do, so that the output contains the video itself.
    """

    def __init__(self, fused: int, heads: int, *, prior: int = 0, keep_video: bool) -> None:
        """Make the layers.

        Args:
            fused: Width of e_fused, a multiple of `heads`.
            heads: Attention heads.
            prior: Width of the EEG prior; 0 without one.
            keep_video: Whether to add Q_v to the attention's output.
        """
        super().__init__()
        self.heads, self.keep_video = heads, keep_video
        self.norm_v, self.norm_text = nn.LayerNorm(CLIP_WIDTH), nn.LayerNorm(CLIP_WIDTH)
        self.W_Q = nn.Linear(CLIP_WIDTH, fused, bias=False)
        self.W_K = nn.Linear(CLIP_WIDTH, fused, bias=False)
        self.W_V = nn.Linear(CLIP_WIDTH, fused, bias=False)
        self.project = nn.Linear(fused + prior, fused)

    def forward(self, v: Tensor, e_text: Tensor, e_prior: Tensor | None = None) -> Tensor:
        """Fuse video, text and EEG prior.

        Args:
            v: CLIP embeddings of the frames, (B, F, 768).
            e_text: Text tokens, (B, L, 768).
            e_prior: EEG prior, (B, prior), if the layer has one.

        Returns:
            e_fused, (B, F, fused).
        """
        B, n_frames = v.shape[:2]
        text = self.norm_text(e_text)  # (B, L, 768)
        Q = self.W_Q(self.norm_v(v))  # (B, F, fused)
        # Q (W_K e)' = (Q W_K) e' and a (W_V e)' = (a e) W_V': applying the weights to the F queries
        # instead of the L tokens, twenty times as many, saves most of the work.
        q = Q.view(B * n_frames, self.heads, -1).transpose(0, 1)  # (heads, B * F, fused / heads)
        W_K, W_V = (
            W.weight.unflatten(0, (self.heads, -1))  # (heads, fused / heads, 768)
            for W in (self.W_K, self.W_V)
        )
        q = (q @ W_K).view(-1, B, n_frames, CLIP_WIDTH).transpose(0, 1)  # (B, heads, F, 768)
        logits = q.flatten(1, 2) @ text.mT * (Q.shape[-1] / self.heads) ** -0.5
        a = logits.softmax(-1) @ text  # (B, heads * F, 768)
        a = a.view(B, -1, n_frames, CLIP_WIDTH).transpose(0, 1).flatten(1, 2)  # (heads, B * F, 768)
        e = (a @ W_V.mT).transpose(0, 1).reshape(Q.shape)  # (B, F, fused)
        if self.keep_video:
            e = e + Q
        if e_prior is not None:
            e = torch.cat([e, e_prior[:, None].expand(-1, e.shape[1], -1)], dim=-1)
        return self.project(functional.gelu(e))  # (B, F, fused)
