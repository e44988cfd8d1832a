"""What the floors share."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor

from videeg_pipe.config import section
from videeg_pipe.config.embed import Condition as ConditionConfig
from videeg_pipe.config.sample import Sample
from videeg_pipe.config.train import Train
from videeg_pipe.models.base import Generator
from videeg_pipe.models.inputs import Condition
from videeg_pipe.models.layout import Layout


class Floor(Generator):
    """A generator whose `fit` is its whole training; someone unknown gets the population's."""

    def __init__(self, layout: Layout, condition: ConditionConfig, train: Train) -> None:
        """Make the buffers that `fit` fills.

        Args:
            layout: What it has to know of the data.
            condition: Rates and lengths of what it is told.
            train: Kept, as by all generators.
        """
        super().__init__(layout, train)
        self.make_buffers(condition)

    @classmethod
    def from_config(cls, layout: Layout, adjacency: Tensor, config: dict[str, Any]) -> Self:
        """Make an untrained floor of the sections `condition` and `train`."""
        condition = section(ConditionConfig, config["condition"])
        return cls(layout, condition, section(Train, config["train"]))

    @abstractmethod
    def make_buffers(self, condition: ConditionConfig) -> None:
        """Register what the training windows are to fill."""

    @property
    def n_parameters(self) -> int:
        """Numbers that are kept of the training windows."""
        return sum(values.numel() for values in self.state_dict().values())

    @property
    def shape(self) -> tuple[int, int, int]:
        """People, electrodes and samples: S, C and T."""
        return len(self.layout.subjects), len(self.layout.channels), self.layout.n_samples

    def n_evaluations(self, settings: Sample) -> int:
        """No network is asked."""
        return 0

    def losses(self, x: Tensor, condition: Condition, rng: torch.Generator) -> dict[str, Tensor]:
        """There is nothing to minimise."""
        return {}

    def mean(self, condition: Condition) -> Tensor:
        """What all draws for a condition have in common, (B, C, T) or one number."""
        return torch.zeros((), device=condition.subject.device)

    def noise(self, subject: Tensor, rngs: Sequence[torch.Generator]) -> Tensor:
        """What a draw adds for these people (B,), (B, C, T) or one number; symmetric about 0."""
        return torch.zeros((), device=subject.device)

    @torch.no_grad()
    def sample(
        self,
        condition: Condition,
        seeds: Sequence[int],
        settings: Sample,
        *,
        mirrored: bool = False,
    ) -> Tensor:
        """Draw windows, (B, C, T); see `Generator.sample`. None of the settings counts."""
        noise = self.noise(
            condition.subject, [torch.Generator().manual_seed(seed) for seed in seeds]
        )
        return self.mean(condition) + (-noise if mirrored else noise)
