"""A classifier of concepts, trained in the run on true clips of training blocks.

It sees no test block and no reconstruction.
"""

from collections.abc import Iterable
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
    frames: NDArray[np.uint8],
    concepts: NDArray[Any],
    coded: Iterable[NDArray[np.uint8]] = (),
) -> PictureClassifier:
    """Train logistic regression on features of true clips.

    The autoencoder changes colours and texture, and reconstructions tend to be blurred. Both should
    count where the concept can be seen all the same, so the examples have coded and blurred copies.

    Args:
        frames: Clips of training blocks, (n, F, H, W, 3).
        concepts: (n,) label of each.
        coded: The same clips through the autoencoder, in their order, batch by batch.

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
    true = (frames[at : at + _BATCH] for at in range(0, len(frames), _BATCH))
    features = [*_sharp_and_blurred(true), *_sharp_and_blurred(coded)]
    labels = np.tile(concepts, sum(map(len, features)) // len(concepts))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    model.fit(np.concatenate(features), labels)
    return PictureClassifier(model, model.classes_)


def _sharp_and_blurred(batches: Iterable[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    """Return the features of all clips, and then those of their blurred copies, if any."""
    pairs = [(picture_features(clips), picture_features(_blurred(clips))) for clips in batches]
    return [np.concatenate(of) for of in zip(*pairs, strict=True)]


def _blurred(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    width = frames.shape[2] * _BLUR
    smooth = gaussian_filter(np.float32(frames), (0, 0, width, width, 0))
    return np.rint(smooth).astype(np.uint8)
