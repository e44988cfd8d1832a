"""Base class of baselines: scaling, condition, training. Subclasses define network and sampler."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, Literal, Self

import torch
from torch import Tensor, nn

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config import section
from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.baselines.condition import Course, Vector
from videeg_pipe.models.parts.diffusion import spread_steps
from videeg_pipe.models.parts.diffusion_generator import DiffusionGenerator


class Baseline(DiffusionGenerator):
    """A diffusion of windows that one constant scales to unit variance.

    Of the sample settings, guidance, precision and the cap on network evaluations apply; sampler
    and number of steps are the paper's.
    """

    encoded_as: ClassVar[type[Course] | type[Vector]]
    sampler: ClassVar[Literal["ddpm", "ddim"]] = "ddpm"  # unused where `draw` is replaced
    steps: ClassVar[int]  # of the paper's sampler
    evaluations_per_step: ClassVar[int] = 1

    sd: Tensor
    largest: Tensor  # absolute value of z in the training windows

    def __init__(
        self,
        layout: EegLayout,
        *,
        condition: ConditionOptions,
        train: TrainOptions,
        size: BaselinesOptions,
    ) -> None:
        """Make the generator.

        Args:
            layout: Electrodes, rate, window length and subjects.
            condition: Options of the condition.
            train: Condition dropout and phases.
            size: Factors on the network's width and depth; 1 is the paper's size.
        """
        super().__init__(layout, train)
        self.condition = self.encoded_as(layout, condition)
        self.network = self.make_network(size)
        self.register_buffer("sd", torch.ones(()))
        self.register_buffer("largest", torch.tensor(torch.inf))

    @classmethod
    def from_config(cls, layout: EegLayout, adjacency: Tensor, config: dict[str, Any]) -> Self:
        """Make an untrained generator from the sections `condition`, `baselines` and `train`."""
        return cls(
            layout,
            condition=section(ConditionOptions, config["condition"]),
            train=section(TrainOptions, config["train"]),
            size=section(BaselinesOptions, config["baselines"]),
        )

    @abstractmethod
    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make the network, which is called with x_t, t (B,) and the encoded condition."""

    def n_evaluations(self, settings: SampleOptions) -> int:
        """Return the paper's number of evaluations, or as many whole steps as the cap allows."""
        n = self.evaluations_per_step
        most = self.steps if settings.baseline_nfe is None else settings.baseline_nfe // n
        return n * max(1, min(self.steps, most))

    def sampling(self, settings: SampleOptions) -> SampleOptions:
        """Return the paper's sampler with the number of steps that the cap allows."""
        steps = self.n_evaluations(settings) // self.evaluations_per_step
        return SampleOptions(scheduler=self.sampler, steps=steps)

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Fit the scales of EEG and track; see `EegGenerator.fit`."""
        self.sd.copy_(x.square().mean().sqrt().clamp_min(1e-6))
        self.condition.fit(track)

    @torch.no_grad()
    def fit_residual(self, batches: Iterable[tuple[Tensor, Condition]]) -> None:
        """Fit the range of z; see `EegGenerator.fit_residual`."""
        largest = [self.encode(x, part.subject).abs().max() for x, part in batches]
        self.largest.copy_(torch.stack(largest).max())

    def losses(self, x: Tensor, condition: Condition, rng: torch.Generator) -> dict[str, Tensor]:
        """Compute the diffusion loss; see `EegGenerator.losses`."""
        if self.training:
            condition = self._drop(condition, rng)
        x0 = self.encode(x, condition.subject)
        return {"diffusion": self.diffusion_loss(x0, self.condition(condition), rng)}

    def diffusion_loss(self, x0: Tensor, encoded: Tensor, rng: torch.Generator) -> Tensor:
        """Return the mean squared error of the prediction for noised x0, (B, *shape)."""
        t = spread_steps(len(x0), self.diffusion.steps, rng).to(x0.device)  # (B,)
        noise = torch.randn(x0.shape, generator=rng).to(x0)
        output = self.network(self.diffusion.add_noise(x0, noise, t), t, encoded).float()
        return self.diffusion.loss(output, x0, noise, t)

    @property
    def shape(self) -> tuple[int, int]:
        """Channels and samples."""
        return len(self.layout.channels), self.layout.n_samples

    @property
    def limit(self) -> float:
        """Largest absolute value of z in the training windows."""
        return self.largest.item()

    def encode(self, x: Tensor, subject: Tensor) -> Tensor:
        """Scale normalised EEG, (B, C, T), to unit variance."""
        return x / self.sd

    def decode(self, z: Tensor, subject: Tensor) -> Tensor:
        """Scale back to normalised EEG, (B, C, T)."""
        return z * self.sd

    def encode_condition(self, condition: Condition) -> Tensor:
        """Encode B conditions as a course or a vector."""
        return self.condition(condition)

    def predict(self, x_t: Tensor, t: Tensor, encoded: Tensor) -> Tensor:
        """Return the network's output, (B, *shape)."""
        return self.network(x_t, t, encoded)


def scaled(native: int, factor: float, multiple: int = 1) -> int:
    """Return the paper's width or depth times a factor, rounded to a multiple."""
    return multiple * max(1, round(native * factor / multiple))
