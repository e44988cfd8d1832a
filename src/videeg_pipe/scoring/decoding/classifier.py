"""A classifier of concepts, trained in the run on true clips of training blocks.

It sees no test block and no reconstruction.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.decoding.features import picture_features

_BLUR = 1 / 24
"""Standard deviation of the blur of training copies, share of the picture's height."""
_BATCH = 32


@dataclass(frozen=True)
class PictureClassifier:
    """Classifier of clips by their frames."""

    model: Pipeline
    concepts: NDArray[Any]  # (K,) in the order of probabilities

    def probabilities(self, frames: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the probability of each concept, (n, K), for clips (n, F, H, W, 3)."""
        found: NDArray[np.float64] = self.model.predict_proba(picture_features(frames))
        return found

    def codes(self, concepts: NDArray[Any]) -> NDArray[np.intp]:
        """Number concepts (n,) as `concepts` does.

        Raises:
            UserError: if the training blocks did not show one of them.
        """
        unknown = sorted(set(concepts.tolist()) - set(self.concepts.tolist()))
        if unknown:
            raise UserError(
                "concepts of the test clips",
                expected="only concepts that the training blocks show",
                found=f"also {', '.join(map(str, unknown))}",
                next_step="choose other test blocks",
            )
        return np.searchsorted(self.concepts, concepts)


def train_picture_classifier(
    frames: NDArray[np.uint8], concepts: NDArray[Any]
) -> PictureClassifier:
    """Train logistic regression on features of true clips.

    Half of its examples are blurred copies: reconstructions tend to be blurred, and should count
    where their concept can be seen all the same.

    Args:
        frames: Clips of training blocks, (n, F, H, W, 3).
        concepts: (n,) label of each.

    Raises:
        UserError: if there are fewer than two concepts.
    """
    if len(set(concepts.tolist())) < 2:
        raise UserError(
            "training clips of the picture classifier",
            expected="two or more concepts",
            found=f"{len(concepts)} clips of one",
            next_step="train on blocks with several concepts",
        )
    blurred = [picture_features(_blurred(frames[at : at + _BATCH]))
               for at in range(0, len(frames), _BATCH)]  # fmt: skip
    features = np.concatenate([picture_features(frames), *blurred])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    model.fit(features, np.tile(concepts, 2))
    return PictureClassifier(model, model.classes_)


def _blurred(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    width = frames.shape[2] * _BLUR
    smooth = gaussian_filter(np.float32(frames), (0, 0, width, width, 0))
    return np.rint(smooth).astype(np.uint8)
