"""Control of a clip by its first frame (diffusers' SparseControlNetModel)."""

import copy

import torch
from diffusers.models.controlnets.controlnet_sparsectrl import SparseControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn


def make_control(unet: UNet2DConditionModel) -> SparseControlNetModel:
    """Make untrained control of this UNet's clips; until trained, it changes nothing."""
    own = copy.deepcopy(unet)  # from_unet changes the list of blocks in the config that it is given
    own.register_to_config(down_block_types=list(own.config.down_block_types))
    control = SparseControlNetModel.from_unet(own, conditioning_channels=own.config.in_channels)
    # it begins at zero, as the outputs do: then neither would have a gradient at first
    control.controlnet_cond_embedding.reset_parameters()
    return control


class Control(nn.Module):
    """Control by the first of a clip's frames."""

    def __init__(self, model: SparseControlNetModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, video: Tensor, t: Tensor, text: Tensor, keyframe: Tensor
    ) -> tuple[list[Tensor], Tensor]:
        """Return what is added to the skip connections and to the middle of the UNet.

        Args:
            video: (B, 4, F, h, w); only its shape counts.
            t: (B,) or one step.
            text: (B * F, tokens, width).
            keyframe: (B, 4, h, w).
        """
        shown = torch.zeros_like(video)
        shown[:, :, 0] = keyframe
        mask = torch.zeros_like(video[:, :1])
        mask[:, :, 0] = 1
        down, mid = self.model(
            video,
            t,
            encoder_hidden_states=text,
            controlnet_cond=shown,
            conditioning_mask=mask,
            return_dict=False,
        )
        return down, mid
