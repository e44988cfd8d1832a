"""Embeddings of pictures and sentences by a CLIP."""

import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPImageProcessorPil,
    CLIPModel,
)

from tests.stimuli.pictures import cosines, pictures
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.stimuli.clip import ClipEncoder


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
    # the margin outside the centre crop does not matter
    framed = np.pad(wide[0][:, 29:-29], ((0, 0), (29, 29), (0, 0)))
    np.testing.assert_allclose(clip.images([framed], 1)[0], expected[0], atol=0.2)


def test_files_that_differ_from_the_record_are_refused(tmp_path, untrained):
    moved = shutil.copytree(untrained.parent, tmp_path / "elsewhere")
    weights = moved / "untrained" / "model.safetensors"
    changed = load_file(weights)
    changed["logit_scale"] += 1
    save_file(changed, weights, {"format": "pt"})
    with pytest.raises(UserError, match=r"the record lists.*--forcerun .*model\.json"):
        ClipEncoder(moved / "model.json")
    shutil.rmtree(moved / "untrained")
    with pytest.raises(UserError, match="the record lists"):
        ClipEncoder(moved / "model.json")
