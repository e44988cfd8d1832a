"""SAM-Net (Han and Tan, CVPR 2026): two HRT encoders, trained by C-SA."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from torch import Tensor, nn

from videeg_pipe.config import section
from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.config.sam_net import SamNetOptions
from videeg_pipe.models.decoders import csa
from videeg_pipe.models.decoders.adversary import SubjectAdversary, ramp
from videeg_pipe.models.decoders.base import Answer, DecoderLayout
from videeg_pipe.models.decoders.clips import Clips
from videeg_pipe.models.decoders.fitting import Stage
from videeg_pipe.models.decoders.hrt import HrtEncoder
from videeg_pipe.models.decoders.losses import contrastive
from videeg_pipe.models.decoders.network import Batch, NetworkDecoder, regression


class SamNet(NetworkDecoder):
    """An HRT encoder for text (a query per token) and one for pictures (a query per frame)."""

    def __init__(
        self, layout: DecoderLayout, options: SamNetOptions, training: DecodersOptions
    ) -> None:
        """Make encoders, heads and adversaries.

        Args:
            layout: Shapes, electrodes and known people.
            options: Sizes, and which parts of C-SA are used.
            training: Steps, batches and learning rate.
        """
        super().__init__(layout, training)
        self.options, d = options, options.hrt.width
        (tokens, width), (F, *picture) = layout.text_shape, layout.latent_shape
        self.text_encoder = HrtEncoder(layout, tokens, options.hrt)
        self.picture_encoder = HrtEncoder(layout, F, options.hrt)
        self.text_head = nn.Linear(d, width)
        self.picture_head = nn.Linear(d, int(np.prod(picture)))
        self.text_adversary = SubjectAdversary(d, len(layout.subjects))
        self.picture_adversary = SubjectAdversary(d, len(layout.subjects))

    @classmethod
    def from_config(cls, layout: DecoderLayout, config: Mapping[str, Any]) -> Self:
        """Make an unfitted decoder from `sam_net` and `decoders`."""
        options = section(SamNetOptions, config["sam_net"])
        return cls(layout, options, section(DecodersOptions, config["decoders"]))

    def heads(self) -> list[nn.Linear]:
        """Return the projections to tokens and latents."""
        return [self.text_head, self.picture_head]

    def answer(self, z: Tensor, person: Tensor) -> Answer:
        """Decode standardised EEG (B, C, T); who it is has no effect."""
        return self._project(self.text_encoder(z), self.picture_encoder(z))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return L_task + L_subject; the GRL applies lambda, once."""
        text = self.text_encoder(batch.z)  # (B, tokens, d)
        picture = self.picture_encoder(batch.z)  # (B, F, d)
        decoded = self._project(text, picture)
        losses = regression(decoded.text, decoded.latents, batch)
        if self.options.adversary:
            weight = self.options.adversary * ramp(batch.done)
            people = batch.person, batch.present, weight
            losses["text_subject"] = self.text_adversary(text.mean(1), *people)
            losses["picture_subject"] = self.picture_adversary(picture.mean(1), *people)
        if self.options.contrastive:
            pooled = decoded.text.mean(1), batch.text.mean(1)  # (B, width)
            losses["contrastive"] = self.options.contrastive * contrastive(*pooled, batch.clip)
        return losses

    def stages(self, clips: Clips) -> list[Stage]:
        """Return the stages of C-SA, or one stage; the sum of steps is the same."""
        steps = self.training_options.steps
        if not self.options.progressive:
            return super().stages(clips)
        return csa.stages(self.layout.person(clips.subject).numpy(), self.order(clips), steps)

    def order(self, clips: Clips) -> list[int]:
        """Return the order in which known people join the training."""
        person = self.layout.person(clips.subject)
        features = []
        for s in range(len(self.layout.subjects)):
            rows = (person == s).numpy()
            z = (clips.eeg[rows] - self.scale.mean[s].numpy()) / self.scale.sd[s].numpy()
            features.append(csa.person_feature(z, self.options.distance))
        d = csa.distances(np.stack(features))
        return csa.addition_order(d, csa.central(d) if self.options.centre else 0)

    def _project(self, text: Tensor, picture: Tensor) -> Answer:
        """Project tokens (B, tokens, d) and (B, F, d) to the targets' shapes."""
        latents = self.picture_head(picture)  # (B, F, 4 h w)
        return Answer(self.text_head(text), latents.unflatten(-1, self.layout.latent_shape[1:]))
