"""Autoencoder between pictures and latents (diffusers' AutoencoderKL)."""

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor, nn

_CHANNELS = 4  # of latents: diffusers' pipelines for videos allow no others
_KL_WEIGHT = 1e-6
_BATCH = 64  # frames, at most
_PIXELS = 64 * 64 * 48  # per batch, at most


def make_vae(widths: list[int]) -> AutoencoderKL:
    """Make an untrained autoencoder; each width after the first one halves the picture's sides."""
    return AutoencoderKL(
        block_out_channels=widths,
        down_block_types=["DownEncoderBlock2D"] * len(widths),
        up_block_types=["UpDecoderBlock2D"] * len(widths),
        layers_per_block=1,
        latent_channels=_CHANNELS,
        norm_num_groups=8,
        scaling_factor=1.0,  # until `fit_scale`
    )


class VaeLoss(nn.Module):
    """Training objective of an autoencoder."""

    def __init__(self, vae: AutoencoderKL) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, frames: Tensor, rng: torch.Generator) -> Tensor:
        """Return the loss of frames, (B, H, W, 3) uint8: absolute and squared error, and KL."""
        pixels = to_pixels(frames)  # (B, 3, H, W)
        posterior = self.vae.encode(pixels).latent_dist
        drawn = posterior.mean + posterior.std * noise_like(posterior.mean, rng)
        error = self.vae.decode(drawn).sample - pixels
        divergence = posterior.kl().mean()  # summed over a latent
        return error.abs().mean() + error.square().mean() + _KL_WEIGHT * divergence


@torch.no_grad()
def fit_scale(vae: AutoencoderKL, frames: NDArray[np.uint8]) -> None:
    """Set the scaling factor so that latents of these frames, (n, H, W, 3), have unit variance."""
    vae.register_to_config(scaling_factor=1.0)
    vae.register_to_config(scaling_factor=1 / float(encode(vae, frames).std()))


@torch.no_grad()
def encode(vae: AutoencoderKL, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return latents: the mode of the posterior times the scaling factor.

    Args:
        vae: The autoencoder.
        frames: (..., H, W, 3).

    Returns:
        (..., 4, h, w).
    """
    rows = frames.reshape(-1, *frames.shape[-3:])
    size = _batch_size(frames.shape[-3] * frames.shape[-2])
    made = []
    for start in range(0, len(rows), size):
        batch = torch.from_numpy(np.array(rows[start : start + size])).to(vae.device)
        mode = vae.encode(to_pixels(batch)).latent_dist.mode()
        made.append((vae.config.scaling_factor * mode).float().cpu().numpy())
    latents = np.concatenate(made)
    return latents.reshape(*frames.shape[:-3], *latents.shape[1:])


@torch.no_grad()
def decode(vae: AutoencoderKL, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return pictures, (..., H, W, 3), of scaled latents, (..., 4, h, w)."""
    rows = latents.reshape(-1, *latents.shape[-3:])
    further = len(vae.config.block_out_channels) - 1  # each halves the sides
    size = _batch_size(latents.shape[-2] * latents.shape[-1] * 4**further)
    made = []
    for start in range(0, len(rows), size):
        batch = torch.from_numpy(np.array(rows[start : start + size])).to(vae.device)
        pixels = vae.decode(batch / vae.config.scaling_factor).sample
        made.append(to_frames(pixels))
    frames = np.concatenate(made)
    return frames.reshape(*latents.shape[:-3], *frames.shape[1:])


def _batch_size(pixels: int) -> int:
    """Return how many frames of so many pixels fit into a batch: one of 512x288."""
    return max(1, min(_BATCH, _PIXELS // pixels))


def to_pixels(frames: Tensor) -> Tensor:
    """Return (B, 3, H, W) in [-1, 1] of frames, (B, H, W, 3) uint8."""
    return frames.movedim(-1, 1).float() / 127.5 - 1


def to_frames(pixels: Tensor) -> NDArray[np.uint8]:
    """Return (B, H, W, 3) of pixels, (B, 3, H, W) in about [-1, 1]."""
    levels = ((pixels.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return levels.movedim(1, -1).cpu().numpy()


def noise_like(values: Tensor, rng: torch.Generator) -> Tensor:
    """Draw noise of unit variance on the CPU, so that it is the same on every device."""
    return torch.randn(values.shape, generator=rng).to(values.device, values.dtype)


def psnr(true: NDArray[np.uint8], made: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the peak signal-to-noise ratio of each picture, dB, of (..., H, W, 3) uint8."""
    error = true.astype(np.float64) - made
    mean_square = np.square(error).mean(axis=(-3, -2, -1))
    return 10 * np.log10(255**2 / np.maximum(mean_square, 1e-10))
