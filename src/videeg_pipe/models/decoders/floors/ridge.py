"""Ridge: linear regression from EEG to text tokens and latents."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import torch
from sklearn.linear_model import Ridge as RidgeRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from torch import Tensor

from videeg_pipe.models.decoders.base import Answer, DecoderLayout
from videeg_pipe.models.decoders.clips import Clips
from videeg_pipe.models.decoders.floors.linear import LinearFloor

_PENALTIES = np.logspace(0, 6, 7)
_FOLDS = 5
_RANK = 50  # principal components of the targets: the deviations of m clips have rank m - 1


class Ridge(LinearFloor):
    """Regression on the targets' principal components; the penalty is chosen by whole runs."""

    text_weights: Tensor  # (k, rank)
    text_basis: Tensor  # (rank, tokens * width)
    latent_weights: Tensor
    latent_basis: Tensor

    def __init__(self, layout: DecoderLayout) -> None:
        """Make empty weights."""
        super().__init__(layout)
        for name in ("text_weights", "text_basis", "latent_weights", "latent_basis"):
            self.register_buffer(name, torch.zeros(0))

    @classmethod
    def from_config(cls, layout: DecoderLayout, config: Mapping[str, Any]) -> Self:
        """Make the floor; it has no options."""
        return cls(layout)

    def learn(self, clips: Clips, seed: int) -> None:
        """Fit both regressions."""
        x = self.fit_components(clips)
        for name, target, values in (
            ("text", self.text_target, clips.text),
            ("latent", self.latent_target, clips.latents),
        ):
            seen, rows = np.unique(clips.clip, return_inverse=True)
            deviations = target(torch.from_numpy(values[seen])).flatten(1)  # (m, q)
            _, _, basis = torch.linalg.svd(deviations, full_matrices=False)
            basis = basis[:_RANK]  # (rank, q)
            y = (deviations @ basis.T).double().numpy()[rows]  # (n, rank)
            folds = min(_FOLDS, len(np.unique(clips.run_id)))
            search = GridSearchCV(
                RidgeRegression(fit_intercept=False),
                {"alpha": _PENALTIES},
                cv=GroupKFold(folds),
                scoring="neg_mean_squared_error",
            )
            fitted = search.fit(x, y, groups=clips.run_id).best_estimator_
            setattr(self, f"{name}_weights", torch.from_numpy(fitted.coef_.T.copy()))
            setattr(self, f"{name}_basis", basis.contiguous())

    def answer(self, z: Tensor, person: Tensor) -> Answer:
        """Return the regressions' predictions."""
        x = self.reduced(z, person)  # (B, k)
        text = (x @ self.text_weights).float() @ self.text_basis  # (B, tokens * width)
        latents = (x @ self.latent_weights).float() @ self.latent_basis  # (B, F * 4 h w)
        return Answer(
            text.unflatten(1, self.layout.text_shape),
            latents.unflatten(1, self.layout.latent_shape),
        )
