"""Scales of EEG, features and targets, and the map of a new person's electrodes."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class PersonScale(nn.Module):
    """Standardise values by each known person's mean and SD, or by everyone's for new people."""

    mean: Tensor
    sd: Tensor

    def __init__(self, n_people: int, *shape: int) -> None:
        """Make scales for values of this shape; dimensions of length 1 share one scale.

        Args:
            n_people: Known people, S. Index S stands for everybody else.
            shape: Shape of a scale, such as (C, 1) for EEG.
        """
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_people + 1, *shape))
        self.register_buffer("sd", torch.ones(n_people + 1, *shape))

    def fit(self, values: Tensor, person: Tensor) -> None:
        """Compute the scales of training values (n, ...) of people (n,).

        A known person without values gets everyone's scale.
        """
        shared = [d for d in range(1, values.dim()) if self.mean.shape[d] == 1]
        for s in range(len(self.mean)):
            own = person == s
            rows = values[own] if own.any() else values
            mean = rows.mean([0, *shared], keepdim=True)
            self.mean[s] = mean[0]
            self.sd[s] = (rows - mean).square().mean([0, *shared]).sqrt().view_as(mean[0])
        self.sd[self.sd < 1e-6] = 1.0  # constant values

    def forward(self, values: Tensor, person: Tensor) -> Tensor:
        """Standardise values (n, ...) of people (n,)."""
        return (values - self.mean[person]) / self.sd[person]


class Deviation(nn.Module):
    """Targets as deviations from the training mean, in units of their SD over everything.

    One SD for all elements: parts that captions share have no deviation, and elements in which
    clips differ more weigh more. The mean has error 1 and R² 0.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("sd", torch.ones(()))

    def fit(self, targets: Tensor) -> None:
        """Compute mean and SD of training targets, (m, ...)."""
        self.mean.copy_(targets.mean(0))
        sd = (targets - self.mean).square().mean().sqrt()
        self.sd.fill_(sd if sd > 1e-6 else 1.0)

    def forward(self, targets: Tensor) -> Tensor:
        """Return the deviations of targets, (n, ...)."""
        return (targets - self.mean) / self.sd

    def inverse(self, deviations: Tensor) -> Tensor:
        """Return the targets of deviations, (n, ...)."""
        return self.mean + self.sd * deviations


class ElectrodeMap(nn.Module):
    """Linear map of EEG: a matrix between electrodes, then a filter per electrode; starts as 1."""

    offset: Tensor

    def __init__(self, n_channels: int, kernel: int = 21) -> None:
        super().__init__()
        delta = torch.zeros(n_channels, 1, kernel)
        delta[..., kernel // 2] = 1
        self.spatial = nn.Parameter(torch.eye(n_channels))
        self.temporal = nn.Parameter(delta)
        self.register_buffer("offset", torch.zeros(n_channels))

    def forward(self, z: Tensor) -> Tensor:
        """Map EEG (n, C, T) to (n, C, T)."""
        mixed = self.spatial @ (z - self.offset[:, None])  # (n, C, T)
        return functional.conv1d(mixed, self.temporal, padding="same", groups=z.shape[1])
