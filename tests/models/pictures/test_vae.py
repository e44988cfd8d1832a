"""The autoencoder: shapes, scale, and the mode of its posterior."""

import numpy as np
import pytest
import torch

from videeg_pipe.models.pictures.vae import (
    VaeLoss,
    decode,
    encode,
    fit_scale,
    make_vae,
    psnr,
    to_frames,
    to_pixels,
)


@pytest.fixture(scope="module")
def vae():
    torch.manual_seed(0)
    return make_vae([8, 16]).eval().requires_grad_(False)


FRAMES = np.random.default_rng(0).integers(0, 256, (2, 3, 16, 24, 3), np.uint8)


def test_latents_are_the_scaled_mode_and_the_same_each_time(vae):
    latents = encode(vae, FRAMES)
    assert latents.shape == (2, 3, 4, 8, 12) and latents.dtype == np.float32
    assert np.array_equal(latents, encode(vae, FRAMES))
    one = vae.encode(to_pixels(torch.from_numpy(FRAMES[1, 2:]))).latent_dist.mode()[0]
    np.testing.assert_allclose(latents[1, 2], one * vae.config.scaling_factor, atol=1e-5)


def test_decoding_undoes_the_scale(vae):
    fit_scale(vae, FRAMES)
    scaled = encode(vae, FRAMES)
    assert scaled.std() == pytest.approx(1, abs=1e-4)
    made = decode(vae, scaled)
    assert made.shape == FRAMES.shape and made.dtype == np.uint8
    factor = vae.config.scaling_factor
    vae.register_to_config(scaling_factor=1.0)
    assert np.abs(decode(vae, scaled / factor).astype(int) - made).max() <= 1


def test_pixels_round_trip():
    frames = torch.from_numpy(FRAMES[0])
    assert np.array_equal(to_frames(to_pixels(frames)), FRAMES[0])


def test_the_loss_depends_on_its_own_noise_alone(vae):
    loss, frames = VaeLoss(vae), torch.from_numpy(FRAMES[0])
    values = [loss(frames, torch.Generator().manual_seed(seed)).item() for seed in (1, 1, 2)]
    assert values[0] == values[1] != values[2]


def test_psnr_of_a_known_error():
    black, grey = np.zeros((2, 4, 4, 3), np.uint8), np.full((2, 4, 4, 3), 51, np.uint8)
    assert psnr(black, grey) == pytest.approx([20 * np.log10(5)] * 2)
