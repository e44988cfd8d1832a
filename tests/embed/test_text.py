"""Sentences become text tokens, one array per participant."""

import logging
import os

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import CLIPTextModel, CLIPTokenizer

from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.tables import write_table
from videeg_pipe.embed.text import embed_text
from videeg_pipe.runtime.files import read_json, read_npy, sha256_file

PROMPTS = ["EEG of a woman of 23 years.", "EEG of a man of 60 years.", "Ein Mädchen, 日本."]


@pytest.fixture
def encode(tmp_path, untrained):
    """Encode sentences of sub1, sub2 ...; returns the folder."""

    def run(prompts, **options):
        people = pd.DataFrame(
            {
                "subject": [f"sub{i + 1}" for i in range(len(prompts))],
                "age": 23.0,
                "sex": None,
                "handedness": None,
                "prompt": prompts,
            }
        )
        write_table(tmp_path / "participants.parquet", "participants", people)
        config = section(EmbedOptions, {"dtype": "float32", "batch_size": 32} | options)
        manifest = tmp_path / "text" / "texts.json"
        embed_text(
            participants=tmp_path / "participants.parquet",
            clip_model=untrained,
            config=config,
            manifest=manifest,
        )
        return manifest.parent

    return run


def test_each_participant_has_77_tokens(encode, untrained):
    folder = encode(PROMPTS)
    listed = read_json(folder / "texts.json")
    assert listed["clip"]["trained"] is False
    assert list(listed["texts"]) == ["sub1", "sub2", "sub3"]
    model = CLIPTextModel.from_pretrained(untrained.parent / "untrained").eval()
    tokenizer = CLIPTokenizer.from_pretrained(untrained.parent / "untrained")
    for prompt, entry in zip(PROMPTS, listed["texts"].values(), strict=True):
        tokens = read_npy(folder / entry["file"])
        assert tokens.shape == (77, 768)
        assert tokens.dtype == np.float32
        assert entry["sha256"] == sha256_file(folder / entry["file"])
        # tokens before the padding do not depend on it
        with torch.inference_mode():
            alone = model(**tokenizer([prompt], return_tensors="pt")).last_hidden_state[0]
        np.testing.assert_allclose(tokens[: len(alone)], alone.numpy(), atol=1e-4)


def test_different_sentences_differ_and_equal_ones_do_not(encode):
    folder = encode([*PROMPTS, PROMPTS[0]], batch_size=3)
    tokens = [read_npy(folder / f"sub{i}.npy") for i in range(1, 5)]
    assert np.abs(tokens[0] - tokens[1]).max() > 0.1
    np.testing.assert_allclose(tokens[0], tokens[3], atol=1e-4)


def test_a_long_sentence_is_truncated_and_its_subject_logged(encode, caplog):
    long = "EEG of a woman. " * 30
    with caplog.at_level(logging.WARNING):
        folder = encode([PROMPTS[0], long])
    assert "sub2" in caplog.text
    assert "sub1" not in caplog.text
    assert read_npy(folder / "sub2.npy").shape == (77, 768)


def test_a_sentence_of_exactly_77_tokens_is_not_truncated(encode, caplog):
    with caplog.at_level(logging.WARNING):
        encode([" ".join(["eeg"] * 75), " ".join(["eeg"] * 76)])
    assert "sub1" not in caplog.text
    assert "sub2: the sentence has 78 tokens" in caplog.text


@pytest.mark.skipif(
    "ATEN_CPU_CAPABILITY" in os.environ,
    reason="torch computes no bfloat16 attention where its CPU kernels are limited",
)
def test_bfloat16_tokens_are_close(encode):
    exact = read_npy(encode(PROMPTS) / "sub1.npy")
    rounded = read_npy(encode(PROMPTS, dtype="bfloat16") / "sub1.npy")
    assert rounded.dtype == np.float32
    assert np.corrcoef(exact.ravel(), rounded.ravel())[0, 1] > 0.999
