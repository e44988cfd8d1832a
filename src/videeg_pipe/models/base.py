"""What all generators share: the face that training, sampling and validation see."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.runtime.errors import UserError


@dataclass(frozen=True)
class FirstPhase:
    """What a generator trains before its diffusion, and how."""

    name: str  # in the history
    losses: str  # the generator's method that computes them; takes what `Generator.losses` takes
    parameters: list[nn.Parameter]
    epochs: int
    learning_rate: float
    weight_decay: float


class EegGenerator(nn.Module, ABC):
    """A network, its diffusion, how it is trained and how it is sampled.

    In the order in which training calls them: `fit` takes statistics from the training windows;
    where there is a `first_phase`, its losses are minimised; `fit_residual` takes what hangs on
    its weights; `losses` is what the rest of the training minimises. Where nothing is learned by
    gradient, `fit` is the whole training. `sample` draws windows.
    """

    def __init__(self, layout: EegLayout, train: TrainOptions) -> None:
        """Keep what all need.

        Args:
            layout: What it has to know of the data.
            train: Weights of the losses, condition dropout, phases.
        """
        super().__init__()
        self.layout, self.train_config = layout, train
        self.discriminator: nn.Module | None = None  # an opponent that training alone needs

    @classmethod
    @abstractmethod
    def from_config(cls, layout: EegLayout, adjacency: Tensor, config: dict[str, Any]) -> Self:
        """Make an untrained generator.

        Args:
            layout: What it has to know of the data.
            adjacency: Normalised adjacency of the layout's graphs, (G, C, C).
            config: The train rule's part of the configuration.
        """

    @property
    def protocol(self) -> str:
        """`generation` from noise and condition alone, or `reconstruction` with an EEG prior."""
        return "generation"

    @property
    def first_phase(self) -> FirstPhase | None:
        """What is trained before the diffusion, if anything."""
        return None

    @property
    def can_adapt(self) -> bool:
        """Whether `adapt` can fit one more person."""
        return False

    @property
    def n_parameters(self) -> int:
        """Trained numbers, without those of an opponent in training."""
        parts = [self] if self.discriminator is None else [self, self.discriminator]
        own, *opponents = (sum(weight.numel() for weight in part.parameters()) for part in parts)
        return own - sum(opponents)

    def nfe(self, settings: SampleOptions) -> int:
        """Evaluations of the denoising network a sample; guidance needs two a step."""
        return self.n_evaluations(settings) * (1 if settings.guidance == 1 else 2)

    def n_evaluations(self, settings: SampleOptions) -> int:
        """Evaluations of the network with the condition, a sample."""
        return settings.steps

    @abstractmethod
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Take what is not learned by gradient from the training windows.

        Args:
            x: Normalised EEG, (n, C, T).
            subject: Index of each window's person, (n,).
            clip: CLIP features, (n, F, 768).
            track: Stimulus track, (n, K, Tu).
        """

    def fit_stimuli(self, clip: Tensor, track: Tensor) -> None:
        """Take what hangs on the stimuli alone: all that `fit` may where EEG is private.

        Arguments as those of `fit`.
        """
        return

    def fit_residual(self, batches: Iterable[tuple[Tensor, Condition]]) -> None:
        """Take what hangs on the first phase's weights from the training windows, in batches."""
        return

    @abstractmethod
    def losses(self, x: Tensor, condition: Condition, rng: torch.Generator) -> dict[str, Tensor]:
        """Compute the losses of a batch, unweighted; those with weight 0 are left out.

        In training mode the condition is dropped for a share of windows; in evaluation mode not.

        Args:
            x: Normalised EEG, (B, C, T).
            condition: The windows' conditions.
            rng: CPU generator of all noise but that of dropout layers.
        """

    @abstractmethod
    def sample(
        self,
        condition: Condition,
        seeds: Sequence[int],
        settings: SampleOptions,
        *,
        mirrored: bool = False,
    ) -> Tensor:
        """Draw windows.

        Args:
            condition: B conditions, on the generator's device.
            seeds: One a window; a window depends on its own condition and seed alone.
            settings: Sampler, steps, guidance and precision.
            mirrored: Start from the seeds' noise with the opposite sign.

        Returns:
            Normalised EEG, (B, C, T).
        """

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
        """Draw windows from real ones that are partly noised: the protocol `reconstruction`.

        SDEdit: Meng et al. 2022, arXiv 2108.01073. What comes out resembles x because x went in,
        whatever the condition says; it must never be read as generation.

        Args:
            x: Normalised EEG, (B, C, T).
            condition: B conditions, on the generator's device.
            seeds: One a window.
            settings: As for `sample`.
            strength: Share of the sampler's steps that are run: 0 gives x back, and 1, which sees
                nothing of it, what `sample` gives for the same seeds.
            denoise: Whether the noise is taken off again. Without, no network has a part in it,
                and what it still has of x is what the network was given.

        Returns:
            Normalised EEG, (B, C, T).

        Raises:
            UserError: if this generator cannot start between noise and data.
        """
        raise UserError(
            type(self).__name__,
            expected="a diffusion, which can start from a partly noised window",
            found="a generator that cannot",
            next_step="judge it by generation alone",
        )

    def adapt(
        self, x: Tensor, condition: Condition, *, name: str, rng: torch.Generator
    ) -> "EegGenerator":
        """Fit one more person to a trained generator, which stays as it is.

        Args:
            x: The person's EEG, (n, C, T), divided by a scale of their own.
            condition: Conditions of these windows; `subject` is ignored.
            name: The person's name in the layout, after the known subjects.
            rng: CPU generator of batches and noise.

        Returns:
            A copy in evaluation mode. Known subjects keep their index, and their samples.

        Raises:
            UserError: if this generator cannot adapt, or the name is taken.
        """
        raise UserError(
            type(self).__name__,
            expected="a generator that can adapt to a new person",
            found="one that cannot",
            next_step="choose another run.model, or score it without adaptation",
        )

    def _drop(self, condition: Condition, rng: torch.Generator) -> Condition:
        """Drop the stimulus of a share of windows, and the subject of another."""
        subject = self._forget(condition.subject, rng)
        return replace(without_stimulus(condition, self._chosen(subject, rng)), subject=subject)

    def _forget(self, subject: Tensor, rng: torch.Generator) -> Tensor:
        """Replace a share of subjects by someone unknown, (B,)."""
        return torch.where(self._chosen(subject, rng), len(self.layout.subjects), subject)

    def _chosen(self, like: Tensor, rng: torch.Generator) -> Tensor:
        """A random share of a batch, (B,) bool."""
        return (torch.rand(len(like), generator=rng) < self.train_config.condition_dropout).to(
            like.device
        )


def without_stimulus(condition: Condition, rows: Tensor | None = None) -> Condition:
    """The condition with nothing shown, in all windows or `rows` (B,) bool; the person stays."""
    lost = torch.ones_like(condition.subject, dtype=torch.bool) if rows is None else rows

    def blank(part: Tensor) -> Tensor:
        return part.masked_fill(lost[:, None, None], 0.0)

    prior: Any = None if condition.eeg_prior is None else blank(condition.eeg_prior)
    return replace(
        condition, clip=blank(condition.clip), track=blank(condition.track), eeg_prior=prior
    )
