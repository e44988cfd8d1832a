"""Folders of the published layout replace all models, and draw what diffusers' pipeline draws."""

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.controlnets.controlnet_sparsectrl import SparseControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.unets.unet_motion_model import MotionAdapter
from diffusers.pipelines.animatediff.pipeline_animatediff_sparsectrl import (
    AnimateDiffSparseControlNetPipeline,
)
from PIL import Image
from transformers import CLIPTextModel, CLIPTokenizer

from tests.pictures.published import build_models
from tests.pictures.tiny import SPLITS, F, build_pictures, tiny_options
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.decoding import Reconstruction
from videeg_pipe.contracts.pictures import PictureStore, write_arrays
from videeg_pipe.models.pictures.drawing import ClipArtist
from videeg_pipe.models.pictures.unet import make_scheduler
from videeg_pipe.models.pictures.vae import encode
from videeg_pipe.pictures.generator import train_generator
from videeg_pipe.pictures.texts import store_texts
from videeg_pipe.pictures.vae import train_vae
from videeg_pipe.reconstruct.ceilings import reconstruct_ceilings
from videeg_pipe.runtime.files import read_record

HEIGHT, WIDTH = 40, 64  # latents of 5x8: like 36x64, not divisible by the UNet's 8
STEPS, GUIDANCE = 3, 7.5


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return build_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def store(tmp_path_factory, models, local):
    """The stage's files, made by published models alone."""
    root = build_pictures(tmp_path_factory.mktemp("pictures"))
    shape = (len(SPLITS), F, HEIGHT, WIDTH, 3)
    frames = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    write_arrays(root / "frames.json", {"frames": frames}, frame_rate=3.0)
    store_texts(
        stimuli=root / "stimuli.parquet",
        clip_model=local,
        embed=EmbedOptions(dtype="float32"),
        tokens=77,
        manifest=root / "texts.json",
    )
    config = tiny_options(steps=STEPS, guidance=GUIDANCE, **models)
    train_vae(config=config, seed=1, manifest=root / "vae.json")
    train_generator(config=config, seed=1, manifest=root / "generator.json")
    return PictureStore(root)


def test_nothing_is_trained_or_copied(store, models):
    vae, generator = (read_record(store.root / f"{name}.json") for name in ("vae", "generator"))
    assert vae["training"] == {"vae": None} and generator["training"] == {}
    assert vae["scaling_factor"] == 0.18215  # of the class, since the config has none
    for name, entry in (vae["models"] | generator["models"]).items():
        assert entry["model"] == models[name].model and entry["subfolder"] == models[name].subfolder
    assert not [path for path in store.root.iterdir() if path.is_dir()]
    assert store.array("latents").shape == (len(SPLITS), F, 4, HEIGHT // 8, WIDTH // 8)
    assert generator["ceiling"]["psnr_db"]["text_and_keyframe"] > 0


def test_a_clip_from_noise_equals_that_of_the_pipeline(store, models, local):
    """From the caption and the picture on: text, VAE, all three networks and the steps."""
    clip = local.parent / read_record(local)["folder"]
    pipeline = AnimateDiffSparseControlNetPipeline(
        vae=_open(AutoencoderKL, models["vae"]),
        text_encoder=CLIPTextModel.from_pretrained(clip),
        tokenizer=CLIPTokenizer.from_pretrained(clip),
        unet=_open(UNet2DConditionModel, models["unet"]),
        motion_adapter=_open(MotionAdapter, models["motion"]),
        controlnet=_open(SparseControlNetModel, models["control"]),
        scheduler=make_scheduler(),
    )
    pipeline.set_progress_bar_config(disable=True)
    row = 4
    noise = np.random.default_rng(1).standard_normal((1, F, 4, HEIGHT // 8, WIDTH // 8))
    noise = noise.astype(np.float32)
    picture = store.array("frames")[row, 0]
    expected = pipeline(
        prompt=store.stimuli()["caption"][row],
        negative_prompt="",
        num_frames=F,
        height=HEIGHT,
        width=WIDTH,
        num_inference_steps=STEPS,
        guidance_scale=GUIDANCE,
        latents=torch.from_numpy(noise).transpose(1, 2),
        conditioning_frames=[Image.fromarray(picture)],
        output_type="latent",
    ).frames.transpose(1, 2)
    artist = _artist(store, strength=1.0)
    text, keyframe = store.array("texts")[[row]], encode(artist.vae, picture[None])
    np.testing.assert_allclose(keyframe, store.array("latents")[[row], 0], atol=1e-5)
    made = artist.draw(text, np.zeros_like(noise), noise, keyframe=keyframe)
    np.testing.assert_allclose(made, expected.numpy(), atol=1e-3, rtol=1e-3)
    without = artist.draw(text, np.zeros_like(noise), noise)
    assert np.abs(made - without).max() > 0.01  # the control acts


def test_clips_are_drawn_from_a_keyframe_that_is_made(store):
    artist = _artist(store, strength=0.8)
    rows = store.stimuli("test").index.to_numpy()
    text, latents = store.array("texts")[rows], store.array("latents")[rows]
    made = artist.draw(text, latents, np.ones_like(latents), make_keyframe=True)
    assert made.shape == latents.shape and np.isfinite(made).all()
    assert artist.frames(made).shape == (len(rows), F, HEIGHT, WIDTH, 3)


def test_ceilings_are_made_with_them(store, tmp_path):
    sampler = {"steps": STEPS, "guidance": GUIDANCE, "strength": 0.8}
    record = tmp_path / "ceilings.json"
    reconstruct_ceilings(
        ["codec", "generator"],
        pictures=store.root,
        config={"run": {"seed": 1}, "decode": {"threads": 1}, "pictures": sampler},
        record=record,
    )
    for name in ("codec", "generator"):
        frames = Reconstruction(tmp_path / name / "reconstruction.json").array("frames")
        assert frames.shape == (2, F, HEIGHT, WIDTH, 3)


def _artist(store, strength):
    return ClipArtist.load(store, tiny_options(steps=STEPS, guidance=GUIDANCE, strength=strength))


def _open(kind, options):
    return kind.from_pretrained(options.model, subfolder=options.subfolder).eval()
