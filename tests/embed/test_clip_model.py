"""The CLIP that the configuration names: built, found, recorded or refused."""

import json
import shutil
import time

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPTokenizer,
)

from tests.stimuli.pictures import pictures
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.embed.clip_model import prepare_clip
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, sha256_file
from videeg_pipe.stimuli.clip import ClipEncoder

PINNED = "32bd64288804d66eefd0ccbe215aa642df71cc41"


@pytest.fixture
def folder(untrained, tmp_path):
    """Copy of a model's files, to be damaged."""
    return shutil.copytree(untrained.parent / "untrained", tmp_path / "a model's Ordner")


def prepare(tmp_path, **options):
    manifest = tmp_path / "clip" / "model.json"
    prepare_clip(EmbedOptions(**options), seed=42, manifest=manifest)
    return manifest


def refused(tmp_path, **options):
    """Message of the one line that refuses a model; nothing is left under a final name."""
    with pytest.raises(UserError) as error:
        prepare(tmp_path, **options)
    assert not (tmp_path / "clip" / "model.json").exists()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_record_says_that_the_model_is_untrained(untrained):
    record = read_json(untrained)
    assert record["model"] == "untrained"
    assert record["trained"] is False
    assert ClipEncoder(untrained).trained is False
    assert ClipEncoder(untrained).facts["model"] == "untrained"
    weights = untrained.parent / "untrained" / "model.safetensors"
    assert record["files"]["model.safetensors"] == sha256_file(weights)
    assert weights.stat().st_size < 30e6


def test_a_local_folder_is_the_same_model_and_counts_as_trained(local, untrained):
    record = read_json(local)
    assert record["trained"] is True
    assert record["model"].endswith("untrained")
    assert record["sha256"] == read_json(untrained)["sha256"]
    np.testing.assert_array_equal(
        ClipEncoder(local).images(pictures(2), 2), ClipEncoder(untrained).images(pictures(2), 2)
    )


def test_results_may_be_moved(tmp_path, untrained):
    moved = shutil.copytree(untrained.parent, tmp_path / "elsewhere")
    assert ClipEncoder(moved / "model.json").images(pictures(1), 1).shape == (1, 768)


@pytest.mark.parametrize("model", ["no/such/folder/here", "./clip", "/nowhere/clip", "clip"])
def test_a_missing_folder_is_named(tmp_path, model):
    assert model in refused(tmp_path, model=model)


@pytest.mark.parametrize("revision", [None, "main", "v1.0", "abc123"])
def test_a_hub_name_without_a_commit_is_refused(tmp_path, revision):
    message = refused(tmp_path, model="openai/clip-vit-large-patch14", revision=revision)
    assert message.startswith("embed.revision")
    assert "40 hex digits" in message


def test_a_revision_of_a_folder_is_refused(tmp_path, folder):
    assert "null" in refused(tmp_path, model=str(folder), revision=PINNED)


def test_an_unreachable_hub_gives_one_quick_line(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    started = time.monotonic()
    message = refused(tmp_path, model="openai/clip-vit-large-patch14", revision=PINNED)
    assert time.monotonic() - started < 5
    assert "openai/clip-vit-large-patch14" in message
    assert "local folder" in message


def test_a_cached_snapshot_works_offline(tmp_path, monkeypatch, untrained):
    cache = tmp_path / "cache"
    snapshot = cache / "models--some--clip" / "snapshots" / PINNED
    shutil.copytree(untrained.parent / "untrained", snapshot)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    manifest = prepare(tmp_path, model="some/clip", revision=PINNED)
    record = read_json(manifest)
    assert record["trained"] is True
    assert record["revision"] == PINNED
    assert record["folder"] == str(snapshot)
    assert record["sha256"] == read_json(untrained)["sha256"]


def test_pickled_weights_are_refused(tmp_path, folder):
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert "safetensors" in refused(tmp_path, model=str(folder))


def test_truncated_weights_are_refused(tmp_path, folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100_000])
    assert str(folder) in refused(tmp_path, model=str(folder))


def test_missing_weights_are_not_drawn_at_random(tmp_path, folder):
    weights = load_file(folder / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    assert "visual_projection.weight" in refused(tmp_path, model=str(folder))


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "preprocessor_config.json"])
def test_a_model_without_one_of_its_files_is_refused(tmp_path, folder, file):
    (folder / file).unlink()
    assert f"found no {file}" in refused(tmp_path, model=str(folder))


def test_a_model_of_another_kind_is_refused(tmp_path, folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "siglip"}))
    assert "found a model of type siglip" in refused(tmp_path, model=str(folder))


def test_a_clip_of_another_width_is_refused(tmp_path):
    size = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
    size |= {"num_attention_heads": 2, "projection_dim": 512}
    small = CLIPModel(CLIPConfig(text_config=size | {"vocab_size": 300}, vision_config=size))
    tokenizer = CLIPTokenizer(vocab={"<|startoftext|>": 0, "<|endoftext|>": 1}, merges=[])
    for part in (small, CLIPImageProcessorPil(), tokenizer):
        part.save_pretrained(tmp_path / "small")
    message = refused(tmp_path, model=str(tmp_path / "small"))
    assert "found 512, 77 tokens of 32" in message


def test_a_failed_preparation_keeps_the_old_record(tmp_path):
    manifest = prepare(tmp_path)
    before = manifest.read_bytes()
    with pytest.raises(UserError):
        prepare(tmp_path, model="clip")
    assert manifest.read_bytes() == before
    ClipEncoder(manifest)
