"""Tiny networks with random weights everywhere, so that no part is silent."""

import torch
from torch import nn

from videeg_pipe.models.pictures.control import Control, make_control
from videeg_pipe.models.pictures.motion import ClipNetwork, make_motion
from videeg_pipe.models.pictures.unet import make_unet

WIDTHS = [8, 16]
TOKENS, TEXT_WIDTH = 3, 16
FRAMES, SIZE = 3, 8  # latents of a clip: (3, 4, 8, 8)


def randomised(model: nn.Module, seed: int = 0) -> nn.Module:
    """Return the model with random weights also where it begins with zeros."""
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            if not weight.any():
                weight.copy_(0.2 * torch.randn(weight.shape, generator=rng))
    return model.eval()


def unet():
    torch.manual_seed(0)
    return make_unet(WIDTHS, TEXT_WIDTH).eval()


def clip_network(*, control: bool = False) -> ClipNetwork:
    base = unet()
    motion = randomised(make_motion(base))
    steered = Control(randomised(make_control(base), 1)) if control else None
    return ClipNetwork(base, motion, steered).eval()


def clips(n: int, seed: int = 0) -> dict[str, torch.Tensor]:
    """Return noisy latents, text and keyframes of n clips."""
    rng = torch.Generator().manual_seed(seed)
    return {
        "x": torch.randn(n, FRAMES, 4, SIZE, SIZE, generator=rng),
        "text": torch.randn(n, TOKENS, TEXT_WIDTH, generator=rng),
        "keyframe": torch.randn(n, 4, SIZE, SIZE, generator=rng),
    }
