"""The CLIP that the configuration names, and its embeddings of pictures and sentences."""

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

from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.embed.clip_model import prepare_clip
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, sha256_file
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.untrained import learn_merges

PINNED = "32bd64288804d66eefd0ccbe215aa642df71cc41"


def pictures(n=12, size=256):
    """Tiles of many sizes and colours, (n, size, size, 3)."""
    rng = np.random.default_rng(0)
    out = []
    for place in range(n):
        side = (1, 4, 16, 64)[place % 4]
        tint = rng.uniform(0.2, 1, 3)
        tiles = rng.integers(0, 256, (size // side, size // side, 3)) * tint
        out.append(tiles.astype(np.uint8).repeat(side, 0).repeat(side, 1))
    return out


def cosines(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


@pytest.fixture
def folder(untrained, tmp_path):
    """Copy of a model's files, to be spoilt."""
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


def test_the_untrained_model_says_so(untrained):
    record = read_json(untrained)
    assert record["model"] == "untrained"
    assert record["trained"] is False
    assert ClipEncoder(untrained).trained is False
    assert ClipEncoder(untrained).facts["model"] == "untrained"
    weights = untrained.parent / "untrained" / "model.safetensors"
    assert record["files"]["model.safetensors"] == sha256_file(weights)
    assert weights.stat().st_size < 30e6


def test_one_seed_makes_one_model_whatever_ran_before(tmp_path, untrained):
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    again = prepare(tmp_path)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert again.read_text() == untrained.read_text()
    prepare_clip(EmbedOptions(), seed=43, manifest=tmp_path / "other.json")
    other = read_json(tmp_path / "other.json")["files"]
    assert other["model.safetensors"] != read_json(untrained)["files"]["model.safetensors"]


def test_shapes_are_those_of_vit_l_14(untrained):
    clip = ClipEncoder(untrained)
    assert clip.images(pictures(3), 2).shape == (3, 768)
    assert clip.images([], 2).shape == (0, 768)
    assert clip.tokens(["one", "two", "three"], 2).shape == (3, 77, 768)
    assert clip.texts(["one", "two", "three"], 2).shape == (3, 768)
    assert clip.images(pictures(1), 1).dtype == clip.tokens(["a"], 1).dtype == np.float32


def test_the_untrained_model_keeps_pictures_and_sentences_apart(untrained):
    clip = ClipEncoder(untrained)
    flat = [np.full((256, 256, 3), colour, np.uint8) for colour in np.eye(3) * 255]
    different = cosines(clip.images([*pictures(), *flat], 32))[np.triu_indices(15, 1)]
    assert different.mean() < 0.7
    assert different.max() < 0.98
    brighter = [np.clip(p * 1.05 + 3, 0, 255).astype(np.uint8) for p in pictures()]
    both = cosines(clip.images([*pictures(), *brighter], 32))
    assert np.diag(both[:12, 12:]).min() > 0.95
    people = ["EEG of a woman of 23.", "EEG of a man of 60.", "Ein Mädchen hört zu."]
    tokens = clip.tokens(people, 8)
    assert np.abs(tokens[0] - tokens[1]).max() > 0.1
    assert cosines(clip.texts(people, 8))[np.triu_indices(3, 1)].max() < 0.99


def test_batches_of_any_size_agree(untrained):
    clip = ClipEncoder(untrained)
    whole = clip.images(pictures(), 12)
    for size in (1, 5, 100):
        np.testing.assert_allclose(clip.images(iter(pictures()), size), whole, atol=1e-4)
    sentences = ["one", "a longer one with words", "three"]
    np.testing.assert_allclose(clip.tokens(sentences, 1), clip.tokens(sentences, 3), atol=1e-4)


def test_bfloat16_is_close_to_float32(untrained):
    exact = ClipEncoder(untrained).images(pictures(), 6)
    rounded = ClipEncoder(untrained, dtype="bfloat16")
    assert rounded.facts["dtype"] == "bfloat16"
    near = rounded.images(pictures(), 6)
    assert not np.array_equal(near, exact)
    together = cosines(np.concatenate([exact, near]))
    assert np.diag(together[:12, 12:]).min() > 0.998
    assert ClipEncoder(untrained, dtype="auto").dtype in (torch.float32, torch.bfloat16)


def test_pictures_are_cropped_as_the_models_own_processor_does(untrained):
    clip = ClipEncoder(untrained)
    model = CLIPModel.from_pretrained(untrained.parent / "untrained").eval()
    wide = [p[:230, :] for p in pictures(3, 288)]
    pixels = CLIPImageProcessorPil()(wide, return_tensors="pt")["pixel_values"]
    assert pixels.shape == (3, 3, 224, 224)
    with torch.inference_mode():
        expected = model.get_image_features(pixels).pooler_output.numpy()
    np.testing.assert_allclose(clip.images(wide, 3), expected, atol=1e-4)
    # the margin that the centre crop takes away changes nothing
    framed = np.pad(wide[0][:, 29:-29], ((0, 0), (29, 29), (0, 0)))
    np.testing.assert_allclose(clip.images([framed], 1)[0], expected[0], atol=0.2)


def test_a_local_folder_is_the_same_model_and_counts_as_a_real_one(local, untrained):
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


def test_files_that_differ_from_the_record_are_refused(tmp_path, untrained):
    moved = shutil.copytree(untrained.parent, tmp_path / "elsewhere")
    weights = moved / "untrained" / "model.safetensors"
    changed = load_file(weights)
    changed["logit_scale"] += 1
    save_file(changed, weights, {"format": "pt"})
    with pytest.raises(UserError, match=r"the record lists.*delete .*model\.json"):
        ClipEncoder(moved / "model.json")
    shutil.rmtree(moved / "untrained")
    with pytest.raises(UserError, match="the record lists"):
        ClipEncoder(moved / "model.json")


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


def test_a_hub_out_of_reach_is_one_quick_line(tmp_path, monkeypatch):
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


def test_a_clip_of_other_width_is_refused(tmp_path):
    size = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
    size |= {"num_attention_heads": 2, "projection_dim": 512}
    small = CLIPModel(CLIPConfig(text_config=size | {"vocab_size": 300}, vision_config=size))
    tokenizer = CLIPTokenizer(vocab={"<|startoftext|>": 0, "<|endoftext|>": 1}, merges=[])
    for part in (small, CLIPImageProcessorPil(), tokenizer):
        part.save_pretrained(tmp_path / "small")
    message = refused(tmp_path, model=str(tmp_path / "small"))
    assert "found 512, 77 tokens of 32" in message


def test_a_failed_settling_keeps_the_last(tmp_path):
    manifest = prepare(tmp_path)
    before = manifest.read_bytes()
    with pytest.raises(UserError):
        prepare(tmp_path, model="clip")
    assert manifest.read_bytes() == before
    ClipEncoder(manifest)


def test_merges_take_the_most_frequent_pair_and_break_ties_by_name():
    merges = learn_merges(["eeg", "eel", "eel", "up", "an"])
    assert merges[:2] == [("e", "e"), ("ee", "l</w>")]
    assert merges[2:] == [("u", "p</w>"), ("ee", "g</w>"), ("a", "n</w>")]


def test_words_of_a_sentence_are_tokens_and_no_letter_is_unknown(untrained):
    clip = ClipEncoder(untrained)
    assert clip.n_tokens("EEG of a 23-year-old right-handed woman watching a video.") == 19
    tokenizer = CLIPTokenizer.from_pretrained(untrained.parent / "untrained")
    encoded = tokenizer("Müßig, 日本! ☃ naïve")["input_ids"]
    assert tokenizer.unk_token_id not in encoded[1:-1]
    assert tokenizer.decode(encoded, skip_special_tokens=True) == "müßig , 日本 ! ☃ naïve"
