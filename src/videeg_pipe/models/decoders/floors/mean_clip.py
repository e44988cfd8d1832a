"""Mean clip: the mean of all training clips, whatever the EEG."""

from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import Tensor

from videeg_pipe.models.decoders.base import Answer, Decoder, DecoderLayout
from videeg_pipe.models.decoders.clips import Clips


class MeanClip(Decoder):
    """The floor of every score that rewards blur."""

    @classmethod
    def from_config(cls, layout: DecoderLayout, config: Mapping[str, Any]) -> Self:
        """Make the floor; it has no options."""
        return cls(layout)

    def learn(self, clips: Clips, seed: int) -> None:
        """Learn nothing: the base class has the means."""

    def answer(self, z: Tensor, person: Tensor) -> Answer:
        """Return no deviation from the mean."""
        text = torch.zeros(len(z), *self.layout.text_shape)
        return Answer(text, torch.zeros(len(z), *self.layout.latent_shape))
