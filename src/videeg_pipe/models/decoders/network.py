"""Decoders that are trained by gradient."""

import copy
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.models.decoders.base import Decoder, DecoderLayout
from videeg_pipe.models.decoders.clips import Clips
from videeg_pipe.models.decoders.fitting import Stage, minimise
from videeg_pipe.runtime.device import moved


@dataclass(frozen=True)
class Batch:
    """Training windows and their targets, as deviations from the training mean."""

    z: Tensor  # (B, C, T)
    person: Tensor  # (B,)
    present: Tensor  # (S,) bool; people in this stage of the training
    concept: Tensor  # (B,)
    clip: Tensor  # (B,)
    text: Tensor  # (B, tokens, width)
    latents: Tensor  # (B, F, 4, h, w)
    done: float  # share of all steps


class NetworkDecoder(Decoder):
    """A network trained on the deviations of text tokens and latents."""

    def __init__(self, layout: DecoderLayout, training: DecodersOptions) -> None:
        """Keep the options of training.

        Args:
            layout: Shapes, electrodes, known people and concepts.
            training: Steps, batches and learning rate.
        """
        super().__init__(layout)
        self.training_options = training

    @abstractmethod
    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Compute the weighted losses of a batch; `text` and `latents` are squared errors."""

    @abstractmethod
    def heads(self) -> list[nn.Linear]:
        """Return the last layers, which a new person's clips may fine-tune."""

    def prepare(self, clips: Clips) -> None:
        """Fit statistics of the training clips that the losses need."""
        return

    def stages(self, clips: Clips) -> list[Stage]:
        """Divide the steps into stages: here one, on all rows."""
        return [Stage(np.arange(len(clips)), self.training_options.steps)]

    def learn(self, clips: Clips, seed: int) -> None:
        """Train all weights but the new person's map."""
        self.prepare(clips)
        for head in self.heads():
            nn.init.zeros_(head.weight)  # start near the training mean
        weights = [
            weight for name, weight in self.named_parameters() if not name.startswith("mapping.")
        ]
        self.train()
        stages = self.stages(clips)
        self._minimise(self.losses, weights, clips, stages, self.training_options, seed)

    def fine_tuned(self, clips: Clips, options: DecodersOptions, seed: int) -> Self:
        """Return a copy whose heads are trained on a new person's clips by squared error.

        The layers before them are used as in prediction: nothing in them changes.

        Args:
            clips: The person's clips; the scales stay everyone's.
            options: Steps and learning rate.
            seed: Seed of batches, dropout and noise.
        """
        # no gradient is computed before the heads
        tuned = copy.deepcopy(self).requires_grad_(False)
        weights = [weight for head in tuned.heads() for weight in head.parameters()]
        for weight in weights:
            weight.requires_grad_()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            stages = [Stage(np.arange(len(clips)), options.steps)]
            tuned._minimise(tuned._errors, weights, clips, stages, options, seed)
        return tuned.requires_grad_()

    def _errors(self, batch: Batch) -> dict[str, Tensor]:
        """Squared errors of the prediction."""
        decoded = self.answer(batch.z, batch.person)
        return regression(decoded.text, decoded.latents, batch)

    def _minimise(
        self,
        compute: Callable[[Batch], dict[str, Tensor]],
        weights: list[nn.Parameter],
        clips: Clips,
        stages: list[Stage],
        options: DecodersOptions,
        seed: int,
    ) -> None:
        """Minimise losses of batches, and append to the history."""
        codes = {name: i for i, name in enumerate(self.layout.concepts)}
        concept = torch.tensor([codes[name] for name in clips.concept])
        person = self.layout.person(clips.subject)
        people = torch.arange(len(self.layout.subjects))

        def losses(rows: NDArray[np.int64], stage: Stage, done: float) -> dict[str, Tensor]:
            device = self.scale.mean.device
            clip = clips.clip[rows]
            arrays = (clips.eeg[rows], clips.text[clip], clips.latents[clip])
            eeg, text, latents = (moved(torch.from_numpy(array), device) for array in arrays)
            batch = Batch(
                z=self.standardised(eeg, person[rows].to(device)),
                person=person[rows].to(device),
                present=torch.isin(people, person[stage.rows]).to(device),
                concept=concept[rows].to(device),
                clip=torch.from_numpy(clip).to(device),
                text=self.text_target(text),
                latents=self.latent_target(latents),
                done=done,
            )
            return compute(batch)

        title = f"fit {type(self).__name__}"
        self.history += minimise(
            self, losses, stages, options, seed=seed, title=title, parameters=weights
        )
        for row in self.history:
            row |= {f"r2_{name}": 1 - row[name] for name in ("text", "latents") if name in row}


def regression(text: Tensor, latents: Tensor, batch: Batch) -> dict[str, Tensor]:
    """Return the squared errors of text and latents; predicting the mean gives about 1.

    SAM-Net's L_task, of deviations from the mean instead of the targets themselves, whose shared
    part dominates the plain error.
    """
    return {
        "text": functional.mse_loss(text, batch.text),
        "latents": functional.mse_loss(latents, batch.latents),
    }
