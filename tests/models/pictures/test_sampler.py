"""The sampler equals diffusers' pipeline where that is correct, and does what it cannot."""

import numpy as np
import pytest
import torch
from diffusers.pipelines.animatediff.pipeline_animatediff_sparsectrl import (
    AnimateDiffSparseControlNetPipeline,
)
from PIL import Image

from tests.models.pictures.networks import (
    FRAMES,
    SIZE,
    TEXT_WIDTH,
    TOKENS,
    clip_network,
    clips,
    unet,
)
from videeg_pipe.models.pictures.sampler import sample
from videeg_pipe.models.pictures.unet import PictureNetwork, make_scheduler
from videeg_pipe.models.pictures.vae import encode, make_vae

EMPTY = torch.randn(TOKENS, TEXT_WIDTH, generator=torch.Generator().manual_seed(9))
GUIDED = {"steps": 4, "guidance": 3.0, "empty": EMPTY}


def draw(network, given, **options):
    return sample(
        network,
        make_scheduler(),
        text=given["text"],
        noise=given["x"],
        **{"keyframe": given["keyframe"], **GUIDED, **options},
    )


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_one_clip_from_noise_equals_the_pipeline(guidance):
    network, given = clip_network(control=True), clips(1)
    torch.manual_seed(0)
    vae = make_vae([8, 16]).eval()
    with torch.no_grad():  # the pipeline samples the posterior: without variance, that is its mode
        vae.quant_conv.weight[4:] = 0
        vae.quant_conv.bias[4:] = -100
    picture = np.random.default_rng(0).integers(0, 256, (2 * SIZE, 2 * SIZE, 3), np.uint8)
    pipeline = AnimateDiffSparseControlNetPipeline(
        vae=vae,
        text_encoder=None,
        tokenizer=None,
        unet=network.unet,
        motion_adapter=None,
        controlnet=network.control.model,
        scheduler=make_scheduler(),
    )
    pipeline.set_progress_bar_config(disable=True)
    expected = pipeline(
        prompt_embeds=given["text"],
        negative_prompt_embeds=EMPTY[None],
        num_frames=FRAMES,
        height=2 * SIZE,
        width=2 * SIZE,
        num_inference_steps=4,
        guidance_scale=guidance,
        latents=given["x"].transpose(1, 2),
        conditioning_frames=[Image.fromarray(picture)],
        output_type="latent",
    ).frames
    keyframe = torch.from_numpy(encode(vae, picture[None]))
    made = draw(network, given, keyframe=keyframe, guidance=guidance)
    torch.testing.assert_close(made.transpose(1, 2), expected, atol=1e-3, rtol=1e-3)


def test_each_clip_of_a_batch_has_its_own_keyframe():
    network, given = clip_network(control=True), clips(2)
    together = draw(network, given)
    for row in (0, 1):
        one = {name: values[row : row + 1] for name, values in given.items()}
        torch.testing.assert_close(
            together[row : row + 1], draw(network, one), atol=1e-3, rtol=1e-3
        )
    swapped = draw(network, given, keyframe=given["keyframe"].flip(0))
    assert (swapped - together).abs().max() > 0.01


def test_latents_matter_below_full_strength_and_are_returned_at_none():
    network, given = clip_network(control=True), clips(1)
    latents = clips(1, seed=5)["x"]
    assert draw(network, given, latents=latents, strength=1.0).equal(draw(network, given))
    assert draw(network, given, latents=latents, strength=0.0).equal(latents)
    near, far = (draw(network, given, latents=latents, strength=s) for s in (0.25, 0.75))
    assert (near - latents).square().mean() < (far - latents).square().mean()


def test_raw_latents_take_the_place_of_the_noise():
    network, given = clip_network(control=True), clips(1)
    latents = clips(1, seed=5)["x"]
    raw = draw(network, given, latents=latents, start="raw")
    assert raw.equal(draw(network, given | {"x": latents}))


def test_pictures_are_drawn_by_the_same_loop():
    given = clips(2)
    pictures = {"x": given["x"][:, 0], "text": given["text"], "keyframe": None}
    network = PictureNetwork(unet())
    made = draw(network, pictures)
    assert made.shape == (2, 4, SIZE, SIZE) and made.isfinite().all()
    other = draw(network, pictures | {"text": -given["text"]})
    assert (made - other).abs().max() > 1e-3
