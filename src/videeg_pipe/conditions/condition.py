"""The condition of a generator, made of the features of videos, sentences and subjects."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.runtime.device import moved


@dataclass(frozen=True)
class Condition:
    """Input of a generator for a batch of B windows."""

    clip: Tensor  # (B, F, 768) CLIP embeddings of the frames in the context, oldest first
    text: Tensor  # (B, 77, 768) text tokens of the participant's sentence
    track: Tensor  # (B, K, Tu) stimulus track: history, then the window
    subject: Tensor  # (B,) index of a known subject; a new one has the number of subjects
    eeg_prior: Tensor | None = None  # (B, C, Tp) normalised EEG before the window

    def __len__(self) -> int:
        """Return B."""
        return len(self.subject)

    def to(self, device: torch.device) -> "Condition":
        """Move to a device."""
        return self._each(lambda part: moved(part, device))

    def take(self, rows: Tensor) -> "Condition":
        """Return the conditions of some windows."""
        return self._each(lambda part: part[rows])

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Condition":
        prior = None if self.eeg_prior is None else change(self.eeg_prior)
        return Condition(
            change(self.clip), change(self.text), change(self.track), change(self.subject), prior
        )


def make_condition(
    clip: NDArray[np.float32],
    text: NDArray[np.float32],
    track: NDArray[np.float32],
    subject: NDArray[np.int64],
    config: ConditionOptions,
    *,
    n_subjects: int,
    eeg_prior: Tensor | None = None,
) -> Condition:
    """Make the tensors of B windows; inputs that the configuration switches off are zero.

    Args:
        clip: (B, F, 768).
        text: (B, 77, 768).
        track: (B, K, Tu).
        subject: (B,) index of each subject; a new one has `n_subjects`.
        config: Which inputs are used.
        n_subjects: Subjects known to the generator.
        eeg_prior: (B, C, Tp), for a generator that uses it.
    """
    return Condition(
        torch.from_numpy(clip if config.use_clip else np.zeros_like(clip)),
        torch.from_numpy(text if config.use_text else np.zeros_like(text)),
        torch.from_numpy(track if config.use_track else np.zeros_like(track)),
        torch.from_numpy(subject if config.use_subject else np.full_like(subject, n_subjects)),
        eeg_prior,
    )
