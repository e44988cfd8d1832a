"""Mean response: what a person's training windows have in common, whatever is shown."""

import torch
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.embed import ConditionOptions
from videeg_pipe.models.floors.floor import Floor


class MeanResponse(Floor):
    """The person's mean training window; someone unknown gets the mean over people."""

    response: Tensor

    def make_buffers(self, condition: ConditionOptions) -> None:
        """One window a person, and one for someone unknown."""
        S, C, T = self.shape
        self.register_buffer("response", torch.zeros(S + 1, C, T))

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Average each person's windows; see `Generator.fit`."""
        for s in range(len(self.response) - 1):
            self.response[s] = x[subject == s].mean(0)
        self.response[-1] = self.response[:-1].mean(0)

    def mean(self, condition: Condition) -> Tensor:
        """The person's mean window, (B, C, T)."""
        return self.response[condition.subject]
