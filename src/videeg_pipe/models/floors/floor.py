"""The base class of floors."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config import section
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.base import EegGenerator


class Floor(EegGenerator):
    """A generator whose `fit` is the whole training; unknown people get the population's fit."""

    fits_on_all = True

    def __init__(self, layout: EegLayout, condition: ConditionOptions, train: TrainOptions) -> None:
        """Make the buffers that `fit` fills.

        Args:
            layout: Electrodes, rate, window length and subjects.
            condition: Rates and lengths of frames and track.
            train: Stored, as by all generators.
        """
        super().__init__(layout, train)
        self.make_buffers(condition)

    @classmethod
    def from_config(cls, layout: EegLayout, adjacency: Tensor, config: dict[str, Any]) -> Self:
        """Make an unfitted floor from the sections `condition` and `train`."""
        condition = section(ConditionOptions, config["condition"])
        return cls(layout, condition, section(TrainOptions, config["train"]))

    @abstractmethod
    def make_buffers(self, condition: ConditionOptions) -> None:
        """Register the buffers that `fit` fills."""

    @property
    def n_parameters(self) -> int:
        """Number of values fitted on the training windows."""
        return sum(values.numel() for values in self.state_dict().values())

    @property
    def shape(self) -> tuple[int, int, int]:
        """People, electrodes and samples: S, C and T."""
        return len(self.layout.subjects), len(self.layout.channels), self.layout.n_samples

    def n_evaluations(self, settings: SampleOptions) -> int:
        """Return 0: there is no network."""
        return 0

    def losses(self, x: Tensor, condition: Condition, rng: torch.Generator) -> dict[str, Tensor]:
        """Return no losses: nothing is learned by gradient."""
        return {}

    def mean(self, condition: Condition) -> Tensor:
        """Return the mean of all draws for a condition, (B, C, T) or one number."""
        return torch.zeros((), device=condition.subject.device)

    def noise(self, subject: Tensor, rngs: Sequence[torch.Generator]) -> Tensor:
        """Draw noise for people (B,), (B, C, T) or one number; symmetric about 0."""
        return torch.zeros((), device=subject.device)

    @torch.no_grad()
    def sample(
        self,
        condition: Condition,
        seeds: Sequence[int],
        settings: SampleOptions,
        *,
        mirrored: bool = False,
    ) -> Tensor:
        """Draw windows, (B, C, T); see `EegGenerator.sample`. No setting has an effect."""
        noise = self.noise(
            condition.subject, [torch.Generator().manual_seed(seed) for seed in seeds]
        )
        return self.mean(condition) + (-noise if mirrored else noise)
