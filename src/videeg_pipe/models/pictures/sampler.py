"""Sampling of pictures and clips from text, latents and a keyframe.

The pipelines of diffusers have one keyframe per batch, draw its latents at random, and combine
sparse control with no start from latents. Networks and steps are those of diffusers.
"""

from functools import partial
from typing import Literal

import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch import Tensor

from videeg_pipe.models.parts.diffusion import last_steps
from videeg_pipe.models.pictures.motion import ClipNetwork
from videeg_pipe.models.pictures.unet import PictureNetwork

Start = Literal["noised", "raw"]
"""Latents at the start: noised to the first step, or used as the noise, as SAM-Net words it."""


@torch.no_grad()
def sample(
    network: PictureNetwork | ClipNetwork,
    scheduler: DDIMScheduler,
    *,
    text: Tensor,
    empty: Tensor,
    noise: Tensor,
    steps: int,
    guidance: float = 1.0,
    latents: Tensor | None = None,
    strength: float = 1.0,
    start: Start = "noised",
    keyframe: Tensor | None = None,
) -> Tensor:
    """Draw pictures or clips; a row does not depend on the others of its batch.

    Args:
        network: Of pictures or of clips, in evaluation mode.
        scheduler: Steps, without noise of their own.
        text: (B, tokens, width).
        empty: Text of the empty caption, (tokens, width).
        noise: (B, 4, h, w) or (B, F, 4, h, w), of unit variance.
        steps: Steps of a draw from pure noise.
        guidance: Multiplier of the difference that the text makes; 1 for none.
        latents: Where to start, of the shape of the noise.
        strength: Share of the steps to run, the last ones; 1 starts from the noise alone.
        start: What is done with the latents.
        keyframe: (B, 4, h, w) latents of the first frame, for clips with control.

    Returns:
        Latents, of the shape of the noise.
    """
    scheduler.set_timesteps(steps, device=noise.device)
    times = last_steps(scheduler.timesteps, strength)
    x = noise
    if latents is not None and (start == "raw" or not len(times)):
        x = latents
    elif latents is not None and len(times) < len(scheduler.timesteps):
        x = scheduler.add_noise(latents, noise, times[:1].expand(len(noise)))
    run = network if keyframe is None else partial(network, keyframe=keyframe)
    if guidance != 1:
        text = torch.cat([empty.expand_as(text), text])
        if keyframe is not None:
            run = partial(network, keyframe=torch.cat([keyframe, keyframe]))
    for t in times:
        if guidance == 1:
            predicted = run(x, t, text)
        else:
            without, with_text = run(torch.cat([x, x]), t, text).chunk(2)
            predicted = without + guidance * (with_text - without)
        x = scheduler.step(predicted, t, x).prev_sample
    return x
