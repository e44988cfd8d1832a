"""What the baselines share: scale, training and seeds, but neither network nor sampler."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal, Self

import torch
from torch import Tensor, nn

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config import section
from videeg_pipe.config.embed import ConditionOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.train import BaselinesOptions, TrainOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.base import EegGenerator, spread_steps
from videeg_pipe.models.baselines.condition import Course, Vector
from videeg_pipe.models.parts.diffusion import Diffusion
from videeg_pipe.models.parts.diffusion import mirrored as mirror
from videeg_pipe.models.parts.guidance import Predict, guided


class Baseline(EegGenerator):
    """A diffusion of windows that one constant has brought to unit variance."""

    told_as: ClassVar[type[Course] | type[Vector]]
    diffusion: ClassVar[Diffusion]  # schedule and prediction type, the paper's
    sampler: ClassVar[Literal["ddpm", "ddim"]]
    steps: ClassVar[int]  # of the sampler, the paper's
    evaluations_a_step: ClassVar[int] = 1

    sd: Tensor
    largest: Tensor  # of what is diffused, in the training windows

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
            layout: What it has to know of the data.
            condition: What it is told of a window.
            train: Weights of the losses, condition dropout, phases.
            size: Factors on the width and depth of the network, 1 for those of the paper.
        """
        super().__init__(layout, train)
        self.condition = self.told_as(layout, condition)
        self.network = self.make_network(size)
        self.register_buffer("sd", torch.ones(()))
        self.register_buffer("largest", torch.tensor(torch.inf))

    @classmethod
    def from_config(cls, layout: EegLayout, adjacency: Tensor, config: dict[str, Any]) -> Self:
        """Make an untrained generator of the sections `condition`, `baselines` and `train`."""
        return cls(
            layout,
            condition=section(ConditionOptions, config["condition"]),
            train=section(TrainOptions, config["train"]),
            size=section(BaselinesOptions, config["baselines"]),
        )

    @abstractmethod
    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make the network, which is called with x_t, t (B,) and what it is told."""

    def n_evaluations(self, settings: SampleOptions) -> int:
        """Evaluations of the paper's sampler, or as many whole steps as settings allow."""
        n = self.evaluations_a_step
        most = self.steps if settings.baseline_nfe is None else settings.baseline_nfe // n
        return n * max(1, min(self.steps, most))

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Take the scales of EEG and track; see `Generator.fit`."""
        self.sd.copy_(x.square().mean().sqrt().clamp_min(1e-6))
        self.condition.fit(track)

    @torch.no_grad()
    def fit_residual(self, batches: Iterable[tuple[Tensor, Condition]]) -> None:
        """Take the range of what is diffused; see `Generator.fit_residual`."""
        self.largest.copy_(torch.stack([self.encode(x).abs().max() for x, _ in batches]).max())

    def losses(self, x: Tensor, condition: Condition, rng: torch.Generator) -> dict[str, Tensor]:
        """Compute the diffusion loss; see `Generator.losses`."""
        if self.training:
            condition = self._drop(condition, rng)
        return {"diffusion": self.diffusion_loss(self.encode(x), self.condition(condition), rng)}

    def diffusion_loss(self, x0: Tensor, told: Tensor, rng: torch.Generator) -> Tensor:
        """Mean squared error of what the network predicts of noisy x0, (B, ., .)."""
        t = spread_steps(len(x0), self.diffusion.steps, rng).to(x0.device)  # (B,)
        noise = torch.randn(x0.shape, generator=rng).to(x0)
        output = self.network(self.diffusion.add_noise(x0, noise, t), t, told).float()
        return self.diffusion.loss(output, x0, noise, t)

    @torch.no_grad()
    def sample(
        self,
        condition: Condition,
        seeds: Sequence[int],
        settings: SampleOptions,
        *,
        mirrored: bool = False,
    ) -> Tensor:
        """Draw windows with the paper's sampler, (B, C, T); see `Generator.sample`.

        Of the settings, guidance, precision and the cap on network evaluations count.
        """
        noise, rngs = self._noise(seeds)  # (B, ., .)
        predict, steps = self._predictor(condition, settings), self._n_steps(settings)
        if not mirrored:
            return self.decode(self.draw(predict, noise, steps, rngs))
        return self.decode(-self.draw(mirror(predict), noise, steps, rngs))

    @torch.no_grad()
    def reconstruct(
        self,
        x: Tensor,
        condition: Condition,
        seeds: Sequence[int],
        settings: SampleOptions,
        *,
        strength: float,
        denoise: bool = True,
    ) -> Tensor:
        """Draw windows from real ones, (B, C, T); see `Generator.reconstruct`."""
        noise, rngs = self._noise(seeds)  # (B, ., .)
        steps = self._n_steps(settings)
        z = self.noised(self.encode(x), noise, steps, strength)  # (B, ., .)
        if denoise:
            z = self.draw(self._predictor(condition, settings), z, steps, rngs, strength=strength)
        return self.decode(z)

    def noised(self, z: Tensor, noise: Tensor, steps: int, strength: float) -> Tensor:
        """What the last of so many steps start from, (B, ., .); see `Diffusion.noised`."""
        return self.diffusion.noised(z, noise, self._sampling(steps), strength)

    def draw(
        self,
        predict: Predict,
        noise: Tensor,
        steps: int,
        rngs: Sequence[torch.Generator],
        *,
        strength: float = 1.0,
    ) -> Tensor:
        """Take the noise off, (B, ., .), with the paper's sampler, in so many of its steps.

        What it holds for x_0 on its way is clipped to the range of the training windows, as Ho et
        al. 2020 do (arXiv 2006.11239), though not every paper does: where a training was short,
        samples grow without end otherwise.
        """
        settings, limit = self._sampling(steps), self.largest.item()
        return self.diffusion.sample(predict, noise, settings, rngs, limit=limit, strength=strength)

    def _sampling(self, steps: int) -> SampleOptions:
        return SampleOptions(scheduler=self.sampler, steps=steps)

    def _n_steps(self, settings: SampleOptions) -> int:
        return self.n_evaluations(settings) // self.evaluations_a_step

    def _noise(self, seeds: Sequence[int]) -> tuple[Tensor, list[torch.Generator]]:
        """Noise of what is diffused, (B, ., .), and what draws more of it."""
        rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
        noise = torch.stack([torch.randn(self.shape, generator=rng) for rng in rngs])
        return noise.to(self.sd.device), rngs

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of what is diffused."""
        return len(self.layout.channels), self.layout.n_samples

    def encode(self, x: Tensor) -> Tensor:
        """From normalised EEG, (B, C, T), to what is diffused, of unit variance."""
        return x / self.sd

    def decode(self, z: Tensor) -> Tensor:
        """Back to normalised EEG, (B, C, T)."""
        return z * self.sd

    def _predictor(self, condition: Condition, settings: SampleOptions) -> Predict:
        return guided(self.condition, self.network, condition, settings)


def scaled(native: int, factor: float, multiple: int = 1) -> int:
    """A width or depth of the paper times a factor, rounded to a multiple."""
    return multiple * max(1, round(native * factor / multiple))
