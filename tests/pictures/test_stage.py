"""The models are trained on training clips alone, recorded with their ceilings, or swapped."""

import shutil

import numpy as np
import pytest
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_motion_model import MotionAdapter

from tests.pictures.tiny import SPLITS, F, build_pictures, tiny_options
from videeg_pipe.config.pictures import PictureModelOptions
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.tables import read_table, write_table
from videeg_pipe.models.pictures.folders import load_model
from videeg_pipe.models.pictures.vae import encode
from videeg_pipe.pictures.generator import train_generator
from videeg_pipe.pictures.vae import train_vae
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record

VALIDATION = [row for row, split in enumerate(SPLITS) if split == "validation"]


def run(root, **options):
    config = tiny_options(**options)
    train_vae(config=config, seed=1, manifest=root / "vae.json")
    train_generator(config=config, seed=1, manifest=root / "generator.json")
    return root


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return run(build_pictures(tmp_path_factory.mktemp("pictures")))


def weights(root) -> dict[str, str]:
    """Return the checksum of each model's weights."""
    records = [read_record(root / f"{name}.json")["models"] for name in ("vae", "generator")]
    return {
        name: entry["files"]["diffusion_pytorch_model.safetensors"]
        for models in records
        for name, entry in models.items()
    }


def test_all_models_are_saved_with_losses_and_ceilings(trained):
    assert set(weights(trained)) == {"vae", "unet", "motion", "control"}
    vae, generator = (read_record(trained / f"{name}.json") for name in ("vae", "generator"))
    for training in (*vae["training"].values(), *generator["training"].values()):
        assert [row["step"] for row in training["history"]] == [1, 2, 3]
        assert all(np.isfinite(row["loss"]) for row in training["history"])
    for name in ("unet", "motion", "control"):
        assert generator["training"][name]["validation_loss"] > 0
    assert vae["training"]["vae"]["items"] == 6 * F
    assert vae["ceiling"]["n_frames"] == 2 * F
    assert set(generator["ceiling"]["psnr_db"]) >= {"autoencoder", "text", "text_and_keyframe"}


def test_latents_of_all_clips_come_from_the_saved_autoencoder(trained):
    store = PictureStore(trained)
    vae = load_model(trained / "vae.json", "vae", AutoencoderKL)
    latents = store.array("latents")
    assert latents.shape == (len(SPLITS), F, 4, 16, 16) and latents.dtype == np.float32
    np.testing.assert_allclose(latents, encode(vae, store.array("frames")), atol=1e-4)
    train = latents[[split == "train" for split in SPLITS]]
    assert train.std() == pytest.approx(1, abs=1e-3)


def test_no_weight_depends_on_held_out_clips(trained, tmp_path):
    poisoned = run(build_pictures(tmp_path, poison=True))
    assert weights(poisoned) == weights(trained)
    ceilings = [read_record(root / "vae.json")["ceiling"] for root in (trained, poisoned)]
    assert ceilings[0] != ceilings[1]


def test_models_of_a_folder_take_the_place_of_trained_ones(trained, tmp_path):
    models = tmp_path / "a friend's models"
    for name in ("vae", "unet", "motion"):
        shutil.copytree(trained / name, models / name)
    found = {
        name: PictureModelOptions(model=str(models), subfolder=name)
        for name in ("vae", "unet", "motion")
    }
    root = run(build_pictures(tmp_path / "run"), **found)
    assert weights(root) == weights(trained)
    assert set(read_record(root / "generator.json")["training"]) == {"control"}
    assert load_model(root / "generator.json", "motion", MotionAdapter)
    assert not (root / "vae").exists()


def test_a_folder_without_the_model_is_refused(trained, tmp_path):
    root = build_pictures(tmp_path)
    for options, message in (
        (PictureModelOptions(model=str(trained)), r"config\.json"),
        (PictureModelOptions(model="nowhere"), r"pictures\.vae\.model nowhere.*in-run"),
        (PictureModelOptions(model="a/b"), r"pictures\.vae\.revision of a/b.*40 hex digits"),
        (PictureModelOptions(model=str(trained), subfolder="motion"), "AutoencoderKL"),
    ):
        with pytest.raises(UserError, match=message):
            train_vae(config=tiny_options(vae=options), seed=1, manifest=root / "vae.json")
    assert not (root / "vae.json").exists()


def test_without_validation_clips_there_is_no_ceiling(tmp_path):
    root = build_pictures(tmp_path)
    table = read_table(root / "stimuli.parquet", "stimuli")
    split = table["split"].replace("validation", "test")
    write_table(root / "stimuli.parquet", "stimuli", table.assign(split=split))
    train_vae(config=tiny_options(), seed=1, manifest=root / "vae.json")
    assert read_record(root / "vae.json")["ceiling"] is None
