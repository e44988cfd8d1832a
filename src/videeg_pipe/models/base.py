"""The interface of all generators to training, sampling and scoring."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.runtime.errors import UserError


@dataclass(frozen=True)
class FirstPhase:
    """A training phase before the diffusion."""

    name: str  # in history.parquet
    losses: str  # name of the generator's method, with the signature of `EegGenerator.losses`
    parameters: list[nn.Parameter]
    epochs: int
    learning_rate: float
    weight_decay: float


class EegGenerator(nn.Module, ABC):
    """A model of EEG windows given their conditions, with its training and its sampler.

    Training calls, in this order: `fit`, statistics of the training windows; the losses of
    `first_phase`, if there is one; `fit_residual`, statistics that depend on the first phase's
    weights; `losses`, minimised by gradient. Without parameters, `fit` is the whole training.
    """

    fits_on_all: ClassVar[bool] = False
    """Whether `fit` is given all training windows; otherwise a part where there are many."""

    def __init__(self, layout: EegLayout, train: TrainOptions) -> None:
        """Keep layout and training options.

        Args:
            layout: Electrodes, rate, window length, subjects and graphs of the data.
            train: Weights of the losses, condition dropout, phases.
        """
        super().__init__()
        self.layout, self.train_config = layout, train
        self.discriminator: nn.Module | None = None  # an opponent, used in training only

    @classmethod
    @abstractmethod
    def from_config(cls, layout: EegLayout, adjacency: Tensor, config: dict[str, Any]) -> Self:
        """Make an untrained generator.

        Args:
            layout: Electrodes, rate, window length, subjects and graphs of the data.
            adjacency: Normalised adjacency of the layout's graphs, (G, C, C).
            config: The train rule's slice of the configuration.
        """

    @property
    def protocol(self) -> str:
        """`generation`: from noise and condition alone; `reconstruction`: with an EEG prior."""
        return "generation"

    @property
    def first_phase(self) -> FirstPhase | None:
        """The phase before the diffusion, or None."""
        return None

    @property
    def can_adapt(self) -> bool:
        """Whether `adapt` can fit one more person."""
        return False

    @property
    def n_parameters(self) -> int:
        """Number of trained parameters, without the discriminator's."""
        parts = [self] if self.discriminator is None else [self, self.discriminator]
        own, *opponents = (sum(weight.numel() for weight in part.parameters()) for part in parts)
        return own - sum(opponents)

    def nfe(self, settings: SampleOptions) -> int:
        """Return the network evaluations per sample; guidance doubles them."""
        return self.n_evaluations(settings) * (1 if settings.guidance == 1 else 2)

    def n_evaluations(self, settings: SampleOptions) -> int:
        """Return the evaluations per sample with the condition alone."""
        return settings.steps

    @abstractmethod
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Fit everything that is not learned by gradient.

        See `fits_on_all`.

        Args:
            x: Normalised EEG, (n, C, T).
            subject: Index of each window's person, (n,).
            clip: CLIP features, (n, F, 768).
            track: Stimulus track, (n, K, Tu).
        """

    def fit_stimuli(self, clip: Tensor, track: Tensor) -> None:
        """Fit stimulus-only statistics; used instead of `fit` under differential privacy.

        Args:
            clip: CLIP features, (n, F, 768).
            track: Stimulus track, (n, K, Tu).
        """
        return

    def fit_residual(self, batches: Iterable[tuple[Tensor, Condition]]) -> None:
        """Fit statistics that depend on the first phase's weights, batch by batch.

        The batches hold the windows that `fit` was given.
        """
        return

    @abstractmethod
    def losses(self, x: Tensor, condition: Condition, rng: torch.Generator) -> dict[str, Tensor]:
        """Compute the losses of a batch, unweighted; losses with weight 0 are omitted.

        In training mode, the condition is dropped for a share of windows.

        Args:
            x: Normalised EEG, (B, C, T).
            condition: The windows' conditions.
            rng: CPU generator of all noise except in dropout layers.
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
            seeds: One per window; a window depends on its own condition and seed only.
            settings: Sampler, steps, guidance and precision.
            mirrored: Flip the sign of all noise, at the start and during sampling.

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
        """Draw windows from partly noised real ones: the protocol `reconstruction`.

        SDEdit: Meng et al. 2022, arXiv 2108.01073. The output resembles x because x is the input;
        its scores must never be compared with generation.

        Args:
            x: Normalised EEG, (B, C, T).
            condition: B conditions, on the generator's device.
            seeds: One per window.
            settings: As for `sample`.
            strength: Share of the sampler's steps that are run: 0 returns x; 1 ignores x and
                returns what `sample` returns for the same seeds.
            denoise: Whether to remove the noise. False returns the network's input, which shows
                how much of x it contains.

        Returns:
            Normalised EEG, (B, C, T).

        Raises:
            UserError: if this generator cannot start between noise and data.
        """
        raise UserError(
            type(self).__name__,
            expected="a diffusion, which can start from a partly noised window",
            found="a generator without diffusion",
            next_step="score it by generation alone",
        )

    def adapt(
        self,
        x: Tensor,
        condition: Condition,
        *,
        name: str,
        rng: torch.Generator,
        resting: bool = False,
    ) -> "EegGenerator":
        """Return a copy of the generator adapted to one more person.

        Args:
            x: The person's EEG, (n, C, T), divided by a scale of their own.
            condition: Conditions of these windows; `subject` is ignored.
            name: The person's name in the layout, after the known subjects.
            rng: CPU generator of batches and noise.
            resting: Whether the person saw no stimulus: the responses stay the population's.

        Returns:
            A copy in evaluation mode. Known subjects keep their index, and their samples.

        Raises:
            UserError: if this generator cannot adapt, or the name is taken.
        """
        raise UserError(
            type(self).__name__,
            expected="a generator that can adapt to a new person",
            found="one that cannot",
            next_step="choose one whose `can_adapt` is true, such as spgn",
        )

    def _drop(self, condition: Condition, rng: torch.Generator) -> Condition:
        """Drop the stimulus of a share of windows, and the subject of another share."""
        subject = self._drop_subject(condition.subject, rng)
        rows = self._random_share(subject, rng)  # (B,)
        return replace(without_stimulus(condition, rows), subject=subject)

    def _drop_subject(self, subject: Tensor, rng: torch.Generator) -> Tensor:
        """Replace a share of subjects by the index of an unknown subject, (B,)."""
        return torch.where(self._random_share(subject, rng), len(self.layout.subjects), subject)

    def _random_share(self, subject: Tensor, rng: torch.Generator) -> Tensor:
        """Choose a random share of a batch, (B,) bool."""
        return (torch.rand(len(subject), generator=rng) < self.train_config.condition_dropout).to(
            subject.device
        )


def without_stimulus(condition: Condition, rows: Tensor | None = None) -> Condition:
    """Blank the stimulus of all windows, or of `rows` (B,) bool; the person stays."""
    dropped = torch.ones_like(condition.subject, dtype=torch.bool) if rows is None else rows

    def blank(part: Tensor) -> Tensor:
        return part.masked_fill(dropped[:, None, None], 0.0)

    prior: Any = None if condition.eeg_prior is None else blank(condition.eeg_prior)
    return replace(
        condition, clip=blank(condition.clip), track=blank(condition.track), eeg_prior=prior
    )
