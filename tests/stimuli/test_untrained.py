"""The small untrained CLIP."""

import numpy as np
import torch
from transformers import (
    CLIPTokenizer,
)

from tests.stimuli.pictures import cosines, pictures
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.embed.clip_model import prepare_clip
from videeg_pipe.runtime.files import read_json
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.untrained import learn_merges


def prepare(tmp_path, **options):
    manifest = tmp_path / "clip" / "model.json"
    prepare_clip(EmbedOptions(**options), seed=42, manifest=manifest)
    return manifest


def test_one_seed_makes_one_model_independent_of_earlier_draws(tmp_path, untrained):
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


def test_the_untrained_model_separates_pictures_and_sentences(untrained):
    clip = ClipEncoder(untrained)
    flat = [np.full((256, 256, 3), colour, np.uint8) for colour in np.eye(3) * 255]
    different = cosines(clip.images([*pictures(), *flat], 32))[np.triu_indices(15, 1)]
    assert different.mean() < 0.7
    assert different.max() < 0.999
    brighter = [np.clip(p * 1.05 + 3, 0, 255).astype(np.uint8) for p in pictures()]
    both = cosines(clip.images([*pictures(), *brighter], 32))
    same = np.diag(both[:12, 12:])  # over initial weights, its least is 0.90 to 0.96
    assert same.mean() > 0.97 and same.min() > 0.85
    people = ["EEG of a woman of 23.", "EEG of a man of 60.", "Ein Mädchen hört zu."]
    tokens = clip.tokens(people, 8)
    assert np.abs(tokens[0] - tokens[1]).max() > 0.1
    assert cosines(clip.texts(people, 8))[np.triu_indices(3, 1)].max() < 0.99


def test_merges_take_the_most_frequent_pair_and_break_ties_by_name():
    merges = learn_merges(["eeg", "eel", "eel", "up", "an"])
    assert merges[:2] == [("e", "e"), ("ee", "l</w>")]
    assert merges[2:] == [("u", "p</w>"), ("ee", "g</w>"), ("a", "n</w>")]


def test_words_are_tokens_and_no_letter_is_unknown(untrained):
    clip = ClipEncoder(untrained)
    assert clip.n_tokens("EEG of a 23-year-old right-handed woman watching a video.") == 19
    tokenizer = CLIPTokenizer.from_pretrained(untrained.parent / "untrained")
    encoded = tokenizer("Müßig, 日本! ☃ naïve")["input_ids"]
    assert tokenizer.unk_token_id not in encoded[1:-1]
    assert tokenizer.decode(encoded, skip_special_tokens=True) == "müßig , 日本 ! ☃ naïve"
