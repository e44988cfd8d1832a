"""Gaussian: noise with each person's cross-spectrum, independent of the video."""

from collections.abc import Sequence

import torch
from torch import Tensor

from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.models.floors.floor import Floor
from videeg_pipe.models.parts.whitening import Whitening


class Gaussian(Floor):
    """White noise, coloured by the inverse whitening of the training windows."""

    def make_buffers(self, condition: ConditionOptions) -> None:
        """Make the whitening; unknown people get the population's."""
        S, C, T = self.shape
        self.whitening = Whitening(S, C, T, self.layout.sfreq)

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Fit the second moments of each person's windows; see `EegGenerator.fit`."""
        self.whitening.fit(x, subject)

    def noise(self, subject: Tensor, rngs: Sequence[torch.Generator]) -> Tensor:
        """Draw zero-mean Gaussian windows, (B, C, T)."""
        return coloured(self.whitening, subject, rngs)


def coloured(whitening: Whitening, subject: Tensor, rngs: Sequence[torch.Generator]) -> Tensor:
    """Draw Gaussian windows with the cross-spectra of people (B,), (B, C, T)."""
    _, C, T = whitening.sd.shape
    white = torch.stack([torch.randn(C, T, generator=rng) for rng in rngs])
    return whitening.inverse(white.to(subject.device), subject)
