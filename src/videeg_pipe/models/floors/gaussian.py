"""Gaussian: noise with each person's cross-spectrum, whatever is shown."""

from collections.abc import Sequence

import torch
from torch import Tensor

from videeg_pipe.config.embed import ConditionOptions
from videeg_pipe.models.floors.floor import Floor
from videeg_pipe.models.parts.whitening import Whitening


class Gaussian(Floor):
    """White noise, coloured by a whitening of the training windows turned round."""

    def make_buffers(self, condition: ConditionOptions) -> None:
        """The whitening, in which someone unknown is the population."""
        S, C, T = self.shape
        self.whitening = Whitening(S, C, T, self.layout.sfreq)

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Take the second moments of each person's windows; see `Generator.fit`."""
        self.whitening.fit(x, subject)

    def noise(self, subject: Tensor, rngs: Sequence[torch.Generator]) -> Tensor:
        """Zero-mean Gaussian windows, (B, C, T)."""
        _, C, T = self.shape
        white = torch.stack([torch.randn(C, T, generator=rng) for rng in rngs])
        return self.whitening.inverse(white.to(subject.device), subject)
