"""Lookup: decode the concept by a linear model and answer with a training clip of it."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import Tensor

from videeg_pipe.models.decoders.base import Answer, DecoderLayout
from videeg_pipe.models.decoders.clips import Clips
from videeg_pipe.models.decoders.floors.linear import LinearFloor
from videeg_pipe.runtime.files import sha256_array
from videeg_pipe.runtime.seeds import derive_seed


class Lookup(LinearFloor):
    """The best that concept decoding alone can do; pictures are real and have no other content.

    The clip is drawn at random among the concept's. The draw depends on the window's EEG in
    microvolts alone: it is the same in every batch, and after every training.
    """

    weights: Tensor  # (k, concepts)
    intercept: Tensor  # (concepts,)
    clip_concept: Tensor  # (m,)
    clip_text: Tensor  # (m, tokens, width), deviations
    clip_latents: Tensor  # (m, F, 4, h, w), deviations

    def __init__(self, layout: DecoderLayout) -> None:
        """Make empty weights."""
        super().__init__(layout)
        for name in ("weights", "intercept", "clip_concept", "clip_text", "clip_latents"):
            self.register_buffer(name, torch.zeros(0))

    @classmethod
    def from_config(cls, layout: DecoderLayout, config: Mapping[str, Any]) -> Self:
        """Make the floor; it has no options."""
        return cls(layout)

    def learn(self, clips: Clips, seed: int) -> None:
        """Fit a shrunk linear discriminant, and keep the training clips."""
        x = self.fit_components(clips)
        codes = np.array([self.layout.concepts.index(name) for name in clips.concept])
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(x, codes)
        n_concepts = len(self.layout.concepts)
        weights, intercept = np.zeros((x.shape[1], n_concepts)), np.full(n_concepts, -np.inf)
        coef, bias = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps the difference
            coef, bias = np.concatenate([0 * coef, coef]), np.concatenate([0 * bias, bias])
        weights[:, model.classes_], intercept[model.classes_] = coef.T, bias
        seen, rows = np.unique(clips.clip, return_index=True)
        self.weights, self.intercept = torch.from_numpy(weights), torch.from_numpy(intercept)
        self.clip_concept = torch.from_numpy(codes[rows])
        self.clip_text = self.text_target(torch.from_numpy(clips.text[seen]))
        self.clip_latents = self.latent_target(torch.from_numpy(clips.latents[seen]))

    def answer(self, z: Tensor, person: Tensor) -> Answer:
        """Return the first training clip of the decoded concept."""
        return self._clips(z, person, [0] * len(z))

    def decode(self, eeg: Tensor, person: Tensor) -> Answer:
        """Return a training clip of the decoded concept, drawn by the EEG (B, C, T)."""
        draws = [derive_seed(0, "lookup", sha256_array(window.numpy())) for window in eeg]
        return self._clips(self.standardised(eeg, person), person, draws)

    def _clips(self, z: Tensor, person: Tensor, draws: list[int]) -> Answer:
        """Return the clip of the decoded concept that each number (B,) picks."""
        concept = (self.reduced(z, person) @ self.weights + self.intercept).argmax(1)  # (B,)
        own = [(self.clip_concept == one).nonzero()[:, 0] for one in concept]
        clips = torch.stack([of[draw % len(of)] for of, draw in zip(own, draws, strict=True)])
        return Answer(self.clip_text[clips], self.clip_latents[clips], concept=concept)
