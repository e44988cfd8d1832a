"""Emotion of each clip: the source's label, else CLIP's zero-shot guess, else none."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.contracts.tables import EMOTIONS, read_table, write_table
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.progress import progress
from videeg_pipe.stimuli.align import steps
from videeg_pipe.stimuli.clip import WIDTH, Clip

logger = logging.getLogger(__name__)

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
"""What stands in for the braces of each template. Embeddings of an emotion's sentences are averaged
after they are brought to length 1 (Radford et al. 2021, section 3.1.4)."""

_BATCH = 64
_RATE = 2.0  # embeddings a second that are averaged over a clip


def label_emotions(
    *, clips: Path, videos: Path, clip: Path, config: EmbedOptions, out: Path
) -> None:
    """Label each clip's emotion and say where the label is from.

    A label of the source has probability 1. Where there is none, a trained CLIP compares the mean
    embedding of the clip's frames with SCENES. An untrained CLIP is not asked: its answer would
    be noise.

    Args:
        clips: The `clips` table.
        videos: The list of video features, which lie beside it.
        clip: Record of the CLIP settled on.
        config: Whether to guess where the source says nothing.
        out: The `emotions` table to write.

    Raises:
        UserError: if the source has an emotion that is none of EMOTIONS.
    """
    table = read_table(clips, "clips")
    _check_labels(clips, table)
    labels = pd.DataFrame({"clip_id": table["clip_id"], "emotion": table["emotion"]})
    known = table["emotion"].notna()
    labels["origin"] = np.where(known, "source", "none")
    probabilities = np.full((len(table), len(EMOTIONS)), np.nan)
    for column, name in enumerate(EMOTIONS):
        probabilities[known, column] = table["emotion"][known] == name
    if config.zero_shot_emotion and not known.all():
        guessed = np.flatnonzero(~known)
        scores = _guess(table.iloc[guessed], videos.parent, clip)
        if scores is not None:
            probabilities[guessed] = scores
            labels.loc[guessed, "emotion"] = np.array(EMOTIONS)[scores.argmax(axis=1)]
            labels.loc[guessed, "origin"] = "zero-shot"
    for column, name in enumerate(EMOTIONS):
        labels[f"p_{name}"] = probabilities[:, column]
    logger.info("origin of emotions: %s", labels["origin"].value_counts().to_dict())
    write_table(out, "emotions", labels)


def zero_shot(
    images: NDArray[np.float32], classes: NDArray[np.float32], logit_scale: float
) -> NDArray[np.float64]:
    """CLIP's probabilities of classes.

    Args:
        images: (n, D) embeddings of images.
        classes: (k, D) embeddings of what each class is described by.
        logit_scale: What cosine similarities are multiplied by.

    Returns:
        (n, k), rows sum to 1.
    """
    return softmax(logit_scale * _unit(images) @ _unit(classes).T, axis=1)


def sentences(emotion: str) -> list[str]:
    """Every template with every scene of an emotion."""
    return [template.format(scene) for template in TEMPLATES for scene in SCENES[emotion]]


def _guess(clips: pd.DataFrame, videos: Path, clip: Path) -> NDArray[np.float64] | None:
    """Probabilities (n, 3) in the order of EMOTIONS; none from an untrained CLIP."""
    encoder = Clip(clip)
    if not encoder.trained:
        logger.info("%d clips have no emotion: an untrained CLIP cannot guess it", len(clips))
        return None
    classes = [_unit(encoder.texts(sentences(name), _BATCH)).mean(axis=0) for name in EMOTIONS]
    starts_s, lengths_s = clips["video_start_s"].to_numpy(), clips["duration_s"].to_numpy()
    images = np.empty((len(clips), WIDTH), np.float32)
    places = clips.groupby("video_id", sort=False).indices
    for video_id, rows in progress(places.items(), "guess emotions", len(places)):
        features = VideoFeatures.read(videos / f"{video_id}.npz")
        for row in rows:
            times_s = starts_s[row] + steps(lengths_s[row], _RATE)
            images[row] = _unit(features.clip_at(times_s)).mean(axis=0)
    return zero_shot(images, np.stack(classes), encoder.logit_scale)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _check_labels(path: Path, clips: pd.DataFrame) -> None:
    strange = clips[clips["emotion"].notna() & ~clips["emotion"].isin(EMOTIONS)]
    if len(strange):
        raise UserError(
            f"emotion of clip {strange['clip_id'].iloc[0]} in {path}",
            expected=f"one of {', '.join(EMOTIONS)}, or none",
            found=strange["emotion"].iloc[0],
            next_step="correct the labels of the source",
        )
