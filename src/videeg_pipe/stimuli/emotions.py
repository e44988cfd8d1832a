"""CLIP's zero-shot labels of emotions."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.contracts.tables import EMOTIONS
from videeg_pipe.stimuli.align import steps
from videeg_pipe.stimuli.clip import ClipEncoder

TEMPLATES = (
    "a photo of {}.",
    "a frame from a video of {}.",
    "a film scene showing {}.",
    "{}.",
)
SCENES = {
    "negative": (
        "something sad",
        "something frightening",
        "something disgusting",
        "violence and suffering",
        "a scene that makes people feel bad",
    ),
    "neutral": (
        "something ordinary",
        "an everyday object",
        "a plain scene without emotion",
        "something neither pleasant nor unpleasant",
        "a scene that leaves people indifferent",
    ),
    "positive": (
        "something joyful",
        "something beautiful",
        "something funny",
        "happiness and affection",
        "a scene that makes people feel good",
    ),
}
"""Text for the braces of each template. Embeddings of an emotion's sentences are averaged after
they are scaled to length 1 (Radford et al. 2021, section 3.1.4)."""

_BATCH = 64
_RATE = 2.0  # embeddings per second that are averaged over a clip


def clip_embedding(features: VideoFeatures, start_s: float, length_s: float) -> NDArray[np.float32]:
    """Return the mean embedding of the pictures of a clip, each scaled to length 1, (768,).

    Args:
        features: Of the video.
        start_s: Presentation time of the clip's first frame.
        length_s: Length of the clip.
    """
    times_s = start_s + steps(length_s, _RATE)
    return _unit(features.clip_at(times_s)).mean(axis=0)


def emotion_probabilities(images: NDArray[np.float32], encoder: ClipEncoder) -> NDArray[np.float64]:
    """Return probabilities of EMOTIONS for embeddings of images (n, 768), (n, 3)."""
    classes = [_unit(encoder.texts(sentences(name), _BATCH)).mean(axis=0) for name in EMOTIONS]
    return zero_shot(images, np.stack(classes), encoder.logit_scale)


def zero_shot(
    images: NDArray[np.float32], classes: NDArray[np.float32], logit_scale: float
) -> NDArray[np.float64]:
    """Compute CLIP's probabilities of classes.

    Args:
        images: (n, D) embeddings of images.
        classes: (k, D) embeddings of the sentences that describe each class.
        logit_scale: Multiplier of cosine similarities.

    Returns:
        (n, k), rows sum to 1.
    """
    return softmax(logit_scale * _unit(images) @ _unit(classes).T, axis=1)


def sentences(emotion: str) -> list[str]:
    """List every template with every scene of an emotion."""
    return [template.format(scene) for template in TEMPLATES for scene in SCENES[emotion]]


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
