"""Emotions are the source's, or CLIP's guess marked as such, or none."""

import functools
import logging

import numpy as np
import pandas as pd
import pytest

from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.contracts.tables import EMOTIONS, read_table, write_table
from videeg_pipe.embed.emotions import label_emotions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_file, write_json
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.emotions import sentences

PROBABILITIES = [f"p_{name}" for name in EMOTIONS]


@functools.cache
def text_directions(manifest):
    """Mean unit embedding of each emotion's sentences, (3, 768), about their common mean."""
    clip = ClipEncoder(manifest)
    made = []
    for name in EMOTIONS:
        vectors = clip.texts(sentences(name), 64)
        made.append((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).mean(axis=0))
    directions = np.stack(made)
    return directions - directions.mean(axis=0)


@pytest.fixture
def label(tmp_path, local):
    """Label clips of 2 s, one after the other in one video; clip k shows emotion k of three."""

    def run(emotions, clip=local, zero_shot_emotion=True):
        n = len(emotions)
        frames = text_directions(local)[np.arange(n).repeat(4) % 3]
        noise = np.random.default_rng(0).standard_normal(frames.shape) * frames.std() * 0.2
        features = VideoFeatures(
            (frames + noise).astype(np.float32) / np.abs(frames).max(),
            np.arange(4 * n) * 0.5,
            np.zeros((4, 48 * n), np.float32),
            np.arange(48 * n) / 24,
        )
        path = tmp_path / "video" / "show.npz"
        features.write(path)
        entry = {"file": path.name, "sha256": sha256_file(path)}
        write_json(path.with_name("videos.json"), {"videos": {"show": entry}})
        table = pd.DataFrame(
            {
                "clip_id": [f"clip{i}" for i in range(n)],
                "recording_id": "sub1-s1-b1",
                "onset_s": 2.0 * np.arange(n),
                "duration_s": 2.0,
                "video_id": "show",
                "video_start_s": 2.0 * np.arange(n),
                "concept_id": 1,
                "concept": "cat",
                "concept_group": None,
                "emotion": emotions,
                "caption": None,
            }
        )
        write_table(tmp_path / "clips.parquet", "clips", table)
        out = tmp_path / "emotions.parquet"
        label_emotions(
            clips=tmp_path / "clips.parquet",
            features=tmp_path / "video" / "videos.json",
            clip_model=clip,
            config=section(EmbedOptions, {"zero_shot_emotion": zero_shot_emotion}),
            out=out,
        )
        return read_table(out, "emotions")

    return run


def test_the_sources_labels_are_kept_as_certain(label):
    table = label(["positive", "negative", "neutral"])
    assert table["clip_id"].tolist() == ["clip0", "clip1", "clip2"]
    assert table["emotion"].tolist() == ["positive", "negative", "neutral"]
    assert (table["origin"] == "source").all()
    assert table[PROBABILITIES].to_numpy().tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_a_trained_clip_guesses_the_emotion_of_the_frames(label):
    table = label([None] * 6)
    assert (table["origin"] == "zero-shot").all()
    assert table["emotion"].tolist() == [*EMOTIONS, *EMOTIONS]
    probabilities = table[PROBABILITIES].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (probabilities.argmax(axis=1) == [0, 1, 2, 0, 1, 2]).all()
    assert ((probabilities > 0) & (probabilities < 1)).all()


def test_guesses_fill_only_the_missing_labels(label):
    table = label([None, "positive", None])
    assert table["origin"].tolist() == ["zero-shot", "source", "zero-shot"]
    assert table["emotion"].tolist() == ["negative", "positive", "positive"]
    assert table[PROBABILITIES].iloc[1].tolist() == [0, 0, 1]


def test_an_untrained_clip_gives_no_label(label, untrained, caplog):
    with caplog.at_level(logging.INFO):
        table = label([None, "negative"], clip=untrained)
    assert table["origin"].tolist() == ["none", "source"]
    assert table["emotion"].isna().tolist() == [True, False]
    assert table[PROBABILITIES].iloc[0].isna().all()
    assert "1 clips have no emotion: an untrained CLIP cannot guess it" in caplog.text


def test_no_guess_where_it_is_switched_off(label):
    table = label([None, "negative"], zero_shot_emotion=False)
    assert table["origin"].tolist() == ["none", "source"]
    assert table["emotion"].isna().tolist() == [True, False]


def test_the_error_for_an_unknown_emotion_names_it(label, tmp_path):
    with pytest.raises(UserError, match=r"emotion of clip clip1 .*found bliss"):
        label(["positive", "bliss"])
    assert not (tmp_path / "emotions.parquet").exists()
