"""Mean response: a person's mean training window, independent of the video."""

import torch
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.models.floors.floor import Floor


class MeanResponse(Floor):
    """The person's mean training window; unknown people get the mean over people."""

    response: Tensor

    def make_buffers(self, condition: ConditionOptions) -> None:
        """Make one window per person, and one for unknown people."""
        S, C, T = self.shape
        self.register_buffer("response", torch.zeros(S + 1, C, T))

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Average each person's windows; see `EegGenerator.fit`."""
        for s in range(len(self.response) - 1):
            self.response[s] = x[subject == s].mean(0)
        self.response[-1] = self.response[:-1].mean(0)

    def mean(self, condition: Condition) -> Tensor:
        """Return each person's mean window, (B, C, T)."""
        return self.response[condition.subject]
