"""The base of linear floors: features, standardised per person, on their principal components."""

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from torch import Tensor

from videeg_pipe.models.decoders.base import Decoder, DecoderLayout
from videeg_pipe.models.decoders.clips import Clips
from videeg_pipe.models.decoders.features import course_and_covariance
from videeg_pipe.models.decoders.scaling import PersonScale

COMPONENTS = 150
_BATCH = 64


class LinearFloor(Decoder):
    """A decoder on principal components of a window's course and covariance."""

    components: Tensor  # (p, k)
    centre: Tensor  # (k,)

    def __init__(self, layout: DecoderLayout) -> None:
        """Make the scales of the features."""
        super().__init__(layout)
        self.n_real = 0  # training clips that are not generated
        empty = torch.zeros(1, len(layout.channels), layout.n_samples)
        p = course_and_covariance(empty.numpy() + 1, layout.sfreq).shape[1]
        self.feature_scale = PersonScale(len(layout.subjects), p)
        self.register_buffer("components", torch.zeros(0))
        self.register_buffer("centre", torch.zeros(0))

    def fit_scales(self, clips: Clips) -> None:
        """Compute the people's scales of EEG and of its features."""
        super().fit_scales(clips)
        self.n_real = len(clips)
        self.feature_scale.fit(self._features(clips), self.layout.person(clips.subject))

    def fit_components(self, clips: Clips) -> NDArray[np.float64]:
        """Fit components to training clips and return the reduced features, (n, k).

        Generated clips do not raise their number: even copies of real ones would.
        """
        person = self.layout.person(clips.subject)
        scaled = self.feature_scale(self._features(clips), person).double().numpy()
        k = max(1, min(COMPONENTS, self.n_real // 2, scaled.shape[1]))
        pca = PCA(k, random_state=0).fit(scaled)
        self.components = torch.from_numpy(pca.components_.T.copy())
        self.centre = torch.from_numpy(pca.mean_ @ pca.components_.T)
        return pca.transform(scaled)

    def reduced(self, z: Tensor, person: Tensor) -> Tensor:
        """Return the principal components of standardised EEG (B, C, T), (B, k)."""
        scaled = self.feature_scale(self.features(z), person).double()  # (B, p)
        return scaled @ self.components - self.centre

    def features(self, z: Tensor) -> Tensor:
        """Return the features of standardised EEG (B, C, T), (B, p)."""
        return torch.from_numpy(course_and_covariance(z.numpy(), self.layout.sfreq))

    def _features(self, clips: Clips) -> Tensor:
        """Return the features of all clips, (n, p), computed in batches."""
        person = self.layout.person(clips.subject)
        parts = [
            self.features(self.standardised(torch.from_numpy(clips.eeg[rows]), person[rows]))
            for rows in np.array_split(np.arange(len(clips)), -(-len(clips) // _BATCH))
        ]
        return torch.cat(parts)
