"""Ridge Gaussian: the linear response to the stimulus, and Gaussian noise like the residual."""

from collections.abc import Sequence

import torch
from torch import Tensor

from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.models.floors.gaussian import coloured
from videeg_pipe.models.floors.ridge import Ridge
from videeg_pipe.models.parts.whitening import Whitening

_BATCH = 64  # windows per batch of predictions


class RidgeGaussian(Ridge):
    """The best that second moments give: a linear mean, and Gaussian noise around it."""

    def make_buffers(self, condition: ConditionOptions) -> None:
        """Make those of the regression, and the whitening of its residuals."""
        super().make_buffers(condition)
        S, C, T = self.shape
        self.whitening = Whitening(S, C, T, self.layout.sfreq)

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Fit the regression, then second moments of its residuals; see `EegGenerator.fit`."""
        super().fit(x, subject, clip, track)
        rest = [
            x[part] - self.predicted(subject[part], clip[part], track[part])
            for part in torch.arange(len(x)).split(_BATCH)
        ]
        self.whitening.fit(torch.cat(rest), subject)

    def noise(self, subject: Tensor, rngs: Sequence[torch.Generator]) -> Tensor:
        """Draw zero-mean Gaussian windows, (B, C, T)."""
        return coloured(self.whitening, subject, rngs)
