"""EEG2Video (Liu et al., NeurIPS 2024), re-implemented: sequence model, semantics, dynamics.

Differences from the published code, all to avoid faults of it: the start token is learned (see
`eeg2video.native`), EEG is standardised by training statistics, and clips count as fast by the
training clips' latents instead of a file of true scores.
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
from videeg_pipe.config.eeg2video import Eeg2VideoOptions
from videeg_pipe.models.decoders.base import Answer, DecoderLayout
from videeg_pipe.models.decoders.clips import Clips
from videeg_pipe.models.decoders.features import differential_entropy
from videeg_pipe.models.decoders.network import Batch, NetworkDecoder, regression
from videeg_pipe.models.parts.glmnet import GLMNet, visual_channels

_SHARED = {"fast": 0.2, "slow": 0.3}
"""Share beta of noise common to all frames, as the authors state it; their code has 0.3 and 0.2."""


class Sequence(nn.Module):
    """Windows of EEG to frames: GLMNet, then a transformer that reads its own frames."""

    def __init__(self, layout: DecoderLayout, options: Eeg2VideoOptions) -> None:
        """Make embedder, encoder and decoder.

        Args:
            layout: Electrodes, rate, length of a window, shape of the latents.
            options: Sizes.
        """
        super().__init__()
        d, (self.n_frames, *picture) = options.width, layout.latent_shape
        self.native = options.native
        self.length = min(layout.n_samples, round(options.window_s * layout.sfreq))
        self.hop = max(1, round(options.hop_s * layout.sfreq))
        visual = visual_channels(layout.channels, layout.positions)
        self.embed = GLMNet(len(layout.channels), self.length, visual, d)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(d, options.heads, 4 * d, batch_first=True),
            options.encoder_layers,
            enable_nested_tensor=False,
        )
        self.decoder = nn.TransformerDecoder(
            nn.TransformerDecoderLayer(d, options.heads, 4 * d, batch_first=True),
            options.decoder_layers,
        )
        self.start = nn.Parameter(torch.zeros(1, 1, d), requires_grad=not options.native)
        self.head = nn.Linear(d, int(np.prod(picture)))

    def forward(self, z: Tensor) -> Tensor:
        """Decode EEG (B, C, T) as deviations of latents, (B, F, 4 h w)."""
        windows = z.unfold(2, self.length, self.hop).transpose(1, 2)  # (B, W, C, length)
        tokens = self.embed(windows.flatten(0, 1)).unflatten(0, windows.shape[:2])  # (B, W, d)
        memory = self.encoder(tokens + sinusoids(tokens))  # (B, W, d)
        frames = self.start.expand(len(z), 1, -1)  # (B, 1, d)
        # the zero token counts as the first frame in the published code
        for _ in range(self.n_frames - 1 if self.native else self.n_frames):
            last = self.decoder(frames + sinusoids(frames), memory)[:, -1:]  # (B, 1, d)
            frames = torch.cat([frames, last], 1)
        return self.head(frames if self.native else frames[:, 1:])  # (B, F, 4 h w)


class Eeg2Video(NetworkDecoder):
    """Latents by the sequence model, text by band powers, fast or slow by GLMNet."""

    motion_median: Tensor

    def __init__(
        self, layout: DecoderLayout, options: Eeg2VideoOptions, training: DecodersOptions
    ) -> None:
        """Make the three parts.

        Args:
            layout: Shapes and electrodes.
            options: Sizes.
            training: Steps, batches and learning rate.
        """
        super().__init__(layout, training)
        C, d = len(layout.channels), options.width
        self.sequence = Sequence(layout, options)
        widths = [5 * C, *options.semantic_widths]
        hidden = [
            nn.Sequential(nn.Linear(before, after), nn.ReLU()) for before, after in pairwise(widths)
        ]
        self.standardise = nn.BatchNorm1d(5 * C, affine=False)
        self.hidden = nn.Sequential(*hidden)
        self.text_head = nn.Linear(widths[-1], math.prod(layout.text_shape))
        visual = visual_channels(layout.channels, layout.positions)
        self.dynamics = nn.Sequential(
            GLMNet(C, layout.n_samples, visual, d), nn.ELU(), nn.Linear(d, 1)
        )
        self.register_buffer("motion_median", torch.zeros(()))

    @classmethod
    def from_config(cls, layout: DecoderLayout, config: Mapping[str, Any]) -> Self:
        """Make an unfitted decoder from `eeg2video` and `decoders`."""
        options = section(Eeg2VideoOptions, config["eeg2video"])
        return cls(layout, options, section(DecodersOptions, config["decoders"]))

    def heads(self) -> list[nn.Linear]:
        """Return the projections to tokens and latents."""
        return [self.text_head, self.sequence.head]

    def prepare(self, clips: Clips) -> None:
        """Compute the median motion of the training clips, above which a clip is fast."""
        latents = self.latent_target(torch.from_numpy(clips.latents[np.unique(clips.clip)]))
        self.motion_median.copy_(motion(latents).median())

    def answer(self, z: Tensor, person: Tensor) -> Answer:
        """Decode standardised EEG (B, C, T); who it is has no effect."""
        text, latents = self._decode(z)
        return Answer(text, latents, torch.sigmoid(self.dynamics(z)[:, 0]))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the errors of latents and text, and the cross-entropy of fast and slow."""
        text, latents = self._decode(batch.z)
        losses = regression(text, latents, batch)
        fast = (motion(batch.latents) > self.motion_median).float()  # (B,)
        logits = self.dynamics(batch.z)[:, 0]
        losses["fast"] = functional.binary_cross_entropy_with_logits(logits, fast)
        return losses

    def _decode(self, z: Tensor) -> tuple[Tensor, Tensor]:
        bands = differential_entropy(z, self.layout.sfreq)  # (B, 5 C)
        text = self.text_head(self.hidden(self.standardise(bands)))  # (B, tokens * width)
        latents = self.sequence(z)  # (B, F, 4 h w)
        return (
            text.unflatten(1, self.layout.text_shape),
            latents.unflatten(-1, self.layout.latent_shape[1:]),
        )


def motion(latents: Tensor) -> Tensor:
    """Return the mean squared difference between successive frames, (B,)."""
    return latents.diff(dim=1).square().flatten(1).mean(1)


def sinusoids(tokens: Tensor) -> Tensor:
    """Return the sinusoidal code of places, (N, d), for tokens (B, N, d) of even width."""
    _, n, d = tokens.shape
    rates = 1e-4 ** (torch.arange(0, d, 2, device=tokens.device) / d)  # (d / 2,)
    angles = torch.arange(n, device=tokens.device)[:, None] * rates  # (N, d / 2)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


def dana_noise(single: Tensor, shared: Tensor, fast: Tensor) -> Tensor:
    """Return dynamics-aware noise (DANA), from which the diffusion of a clip starts.

    sqrt(β) ε_shared + sqrt(1 - β) ε_frame. β is the share of noise that all frames have in common,
    higher for slow clips. The sampler mixes it with the decoded latents ẑ:
    z_T = sqrt(ā) ẑ + sqrt(1 - ā) noise.

    Args:
        single: ε_frame, (n, F, 4, h, w).
        shared: ε_shared, (n, 1, 4, h, w).
        fast: Probability of a fast clip, (n,), decoded; never the true flow.
    """
    beta = torch.where(fast > 0.5, _SHARED["fast"], _SHARED["slow"])[:, None, None, None, None]
    return beta.sqrt() * shared + (1 - beta).sqrt() * single
