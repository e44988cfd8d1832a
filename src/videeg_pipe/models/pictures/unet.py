"""Diffusion of single pictures from text (diffusers' UNet2DConditionModel)."""

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch import Tensor, nn

from videeg_pipe.models.parts.diffusion import spread_steps
from videeg_pipe.models.pictures.vae import noise_like

_STEPS = 1000
_TEXT_DROPOUT = 0.1  # share of clips trained without their text, for guidance


def make_unet(widths: list[int], text_width: int) -> UNet2DConditionModel:
    """Make an untrained network; only the highest resolution attends to the text."""
    further = len(widths) - 1
    return UNet2DConditionModel(
        in_channels=4,
        out_channels=4,
        block_out_channels=widths,
        down_block_types=["CrossAttnDownBlock2D", *["DownBlock2D"] * further],
        up_block_types=[*["UpBlock2D"] * further, "CrossAttnUpBlock2D"],
        layers_per_block=1,
        cross_attention_dim=text_width,
        attention_head_dim=8,
        norm_num_groups=8,
    )


def make_scheduler() -> DDIMScheduler:
    """Make the schedule that AnimateDiff's motion layers and their UNet are trained with."""
    return DDIMScheduler(
        num_train_timesteps=_STEPS,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="linear",
        clip_sample=False,
        timestep_spacing="trailing",  # with few steps, the others do not begin at the noise
    )


class DiffusionLoss(nn.Module):
    """Training objective of a network that predicts the noise in latents."""

    empty: Tensor

    def __init__(self, network: nn.Module, empty: Tensor) -> None:
        """Set up the loss.

        Args:
            network: Called with x, t, text, and what else `forward` is given.
            empty: Text of the empty caption, (tokens, width).
        """
        super().__init__()
        self.network, self.scheduler = network, make_scheduler()
        self.register_buffer("empty", empty, persistent=False)

    def forward(
        self, latents: Tensor, text: Tensor, rng: torch.Generator, **given: Tensor
    ) -> Tensor:
        """Return the mean squared error of the predicted noise.

        Args:
            latents: (B, ..., 4, h, w).
            text: (B, tokens, width).
            rng: CPU generator of steps, noise, and the clips without text.
            given: Further inputs of the network.
        """
        n = len(latents)
        t = spread_steps(n, _STEPS, rng).to(latents.device)
        noise = noise_like(latents, rng)
        without = torch.rand(n, generator=rng).to(latents.device) < _TEXT_DROPOUT
        text = torch.where(without[:, None, None], self.empty, text)
        x = self.scheduler.add_noise(latents, noise, t)
        return (self.network(x, t, text, **given) - noise).square().mean()


class PictureNetwork(nn.Module):
    """A UNet of single pictures, called as `ClipNetwork` is."""

    def __init__(self, unet: UNet2DConditionModel) -> None:
        super().__init__()
        self.unet = unet

    def forward(self, x: Tensor, t: Tensor, text: Tensor) -> Tensor:
        """Predict the noise in pictures, (B, 4, h, w), for text (B, tokens, width)."""
        return self.unet(x, t, encoder_hidden_states=text).sample
