"""The coordinates that the diffusion runs in."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from videeg_pipe.config.embed import Condition as ConditionConfig
from videeg_pipe.config.train import Spgn as SpgnConfig
from videeg_pipe.models.evoked import EvokedHead
from videeg_pipe.models.inputs import Condition
from videeg_pipe.models.layout import Layout
from videeg_pipe.models.whitening import Whitening


class Coordinates(nn.Module):
    """What the evoked head leaves of normalised EEG, whitened: zero mean, unit variance.

    Without head, all of the window is left; without whitening, it is divided by its SD.
    """

    sd: Tensor

    def __init__(
        self,
        layout: Layout,
        spgn: SpgnConfig,
        condition: ConditionConfig,
        *,
        evoked: bool,
        whitened: bool,
    ) -> None:
        """Make the parts in use; see `config.train.Spgn` for their options."""
        super().__init__()
        C, T, S = len(layout.channels), layout.n_samples, len(layout.subjects)
        self.head = EvokedHead(layout, spgn.evoked, condition) if evoked else None
        self.whitening = Whitening(S, C, T) if whitened else None
        self.register_buffer("sd", torch.ones(()))

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Take the scales of the head's input, and whiten the windows as they are.

        Args:
            x: Normalised EEG of the training windows, (n, C, T).
            subject: Index of each window's person, (n,).
            clip: CLIP features, (n, F, 768).
            track: Stimulus track, (n, K, Tu).
        """
        if self.head is not None:
            self.head.fit(clip, track)
        self._fit_scale(x, subject)

    @torch.no_grad()
    def fit_residual(self, batches: Iterable[tuple[Tensor, Condition]]) -> None:
        """Whiten what the trained head leaves of the training windows, given batch by batch."""
        left = [(x - self.evoked(condition), condition.subject) for x, condition in batches]
        self._fit_scale(*(torch.cat(parts) for parts in zip(*left, strict=True)))

    def evoked(self, condition: Condition) -> Tensor:
        """Conditional mean of normalised EEG, (B, C, T), or 0 without head."""
        if self.head is None:
            return torch.zeros((), device=condition.subject.device)
        m = self.head(condition)  # (B, C, T)
        return m if self.whitening is None else self.whitening.in_band(m)

    def forward(self, x: Tensor, condition: Condition) -> Tensor:
        """From normalised EEG, (B, C, T)."""
        return self.scaled(x - self.evoked(condition), condition.subject)

    def scaled(self, left: Tensor, subject: Tensor) -> Tensor:
        """Bring what the head leaves, (B, C, T), to unit variance."""
        return left / self.sd if self.whitening is None else self.whitening(left, subject)

    def inverse(self, z: Tensor, condition: Condition) -> Tensor:
        """Back to normalised EEG, (B, C, T)."""
        whitening = self.whitening
        left = z * self.sd if whitening is None else whitening.inverse(z, condition.subject)
        return left + self.evoked(condition)

    def weighted(self, left: Tensor, subject: Tensor) -> Tensor:
        """Weigh what the head leaves for least squares, (B, C, T)."""
        return left / self.sd if self.whitening is None else self.whitening.weighted(left, subject)

    def _fit_scale(self, x: Tensor, subject: Tensor) -> None:
        self.sd.copy_(x.square().mean().sqrt().clamp_min(1e-6))
        if self.whitening is not None:
            self.whitening.fit(x, subject)
