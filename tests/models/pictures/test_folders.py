"""Folders of models: checked against their record, and against the class that is asked for."""

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from tests.models.pictures.networks import unet
from videeg_pipe.models.pictures.folders import load_model, open_model, save_model
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_record


@pytest.fixture
def manifest(tmp_path):
    entry = save_model(unet(), tmp_path / "unet")
    write_record(tmp_path / "generator.json", {"models": {"unet": entry}})
    return tmp_path / "generator.json"


def test_a_model_is_loaded_as_it_was_saved(manifest):
    model = load_model(manifest, "unet", UNet2DConditionModel)
    assert not model.training and not any(w.requires_grad for w in model.parameters())
    assert all(w.equal(model.state_dict()[name]) for name, w in unet().state_dict().items())


def test_too_small_a_disk_is_named_before_a_byte_is_written(small_disk):
    other = small_disk / "other"
    other.write_bytes(bytes(250_000))
    with pytest.raises(UserError, match=r"unet; expected .* free on its disk; found 0\.0 MB of"):
        save_model(unet(), small_disk / "unet")
    assert list(small_disk.iterdir()) == [other]


def test_changed_weights_are_refused(manifest):
    weights = manifest.parent / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(UserError, match=r"diffusion_pytorch_model.*generator\.json"):
        load_model(manifest, "unet", UNet2DConditionModel)


def test_another_kind_of_model_is_one_line(manifest):
    with pytest.raises(UserError, match="expected a AutoencoderKL") as error:
        open_model(manifest.parent / "unet", AutoencoderKL)
    assert "\n" not in str(error.value)


def test_global_random_numbers_are_not_touched_by_loading(manifest):
    before = torch.random.get_rng_state()
    load_model(manifest, "unet", UNet2DConditionModel)
    assert torch.equal(before, torch.random.get_rng_state())
