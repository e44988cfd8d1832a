"""Emotion of each clip: the source's label, else CLIP's zero-shot guess, else none."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.contracts.stores import ListedFiles, VideoFeatures
from videeg_pipe.contracts.tables import EMOTIONS, read_table, write_table
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record
from videeg_pipe.runtime.progress import progress

logger = logging.getLogger(__name__)


def label_emotions(
    *, clips: Path, features: Path, clip_model: Path, config: EmbedOptions, out: Path
) -> None:
    """Label each clip's emotion, with the origin of the label.

    A label of the source has probability 1. Where there is none, a trained CLIP compares the mean
    embedding of the clip's frames with descriptions of scenes. An untrained CLIP gives no label:
    it would be noise.

    Args:
        clips: The `clips` table.
        features: List of the video features, which lie beside it.
        clip_model: Record of the CLIP, which `prepare_clip` wrote.
        config: Whether to guess where the source has no label.
        out: Path of the `emotions` table.

    Raises:
        UserError: if the source has a label outside EMOTIONS.
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
        scores = _guess(table.iloc[guessed], ListedFiles(features), clip_model)
        if scores is not None:
            probabilities[guessed] = scores
            labels.loc[guessed, "emotion"] = np.array(EMOTIONS)[scores.argmax(axis=1)]
            labels.loc[guessed, "origin"] = "zero-shot"
    for column, name in enumerate(EMOTIONS):
        labels[f"p_{name}"] = probabilities[:, column]
    logger.info("origin of emotions: %s", labels["origin"].value_counts().to_dict())
    write_table(out, "emotions", labels)


def _guess(
    clips: pd.DataFrame, listed: ListedFiles, clip_model: Path
) -> NDArray[np.float64] | None:
    """Probabilities (n, 3) in the order of EMOTIONS; None with an untrained CLIP."""
    if not read_record(clip_model)["trained"]:
        logger.info("%d clips have no emotion: an untrained CLIP cannot guess it", len(clips))
        return None
    # CLIP takes seconds to import, which labels of the source need not wait for
    from videeg_pipe.stimuli.clip import ClipEncoder
    from videeg_pipe.stimuli.emotions import clip_embedding, emotion_probabilities

    encoder = ClipEncoder(clip_model)
    starts_s, lengths_s = clips["video_start_s"].to_numpy(), clips["duration_s"].to_numpy()
    images = np.empty((len(clips), CLIP_WIDTH), np.float32)
    places = clips.groupby("video_id", sort=False).indices
    for video_id, rows in progress(places.items(), "guess emotions", len(places)):
        features = VideoFeatures.read(listed.path(str(video_id)))
        for row in rows:
            images[row] = clip_embedding(features, starts_s[row], lengths_s[row])
    return emotion_probabilities(images, encoder)


def _check_labels(path: Path, clips: pd.DataFrame) -> None:
    unknown = clips[clips["emotion"].notna() & ~clips["emotion"].isin(EMOTIONS)]
    if len(unknown):
        raise UserError(
            f"emotion of clip {unknown['clip_id'].iloc[0]} in {path}",
            expected=f"one of {', '.join(EMOTIONS)}, or none",
            found=unknown["emotion"].iloc[0],
            next_step="correct the labels of the source",
        )
