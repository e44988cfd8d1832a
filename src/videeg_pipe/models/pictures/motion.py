"""Motion layers that turn a UNet of pictures into one of clips (diffusers' MotionAdapter)."""

from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.unets.unet_motion_model import MotionAdapter, UNetMotionModel
from diffusers.utils import logging
from torch import Tensor, nn

from videeg_pipe.models.pictures.control import Control

_HEADS = 8

# `from_unet2d` warns of layers to keep in float32, of which there are none
logging.set_verbosity_error()


def make_motion(unet: UNet2DConditionModel) -> MotionAdapter:
    """Make motion layers for this UNet; until trained, they leave its pictures as they are."""
    config = unet.config
    adapter = MotionAdapter(
        block_out_channels=config.block_out_channels,
        motion_layers_per_block=config.layers_per_block,
        motion_num_attention_heads=_HEADS,
        motion_norm_num_groups=config.norm_num_groups,
    )
    for name, weight in adapter.named_parameters():
        if ".proj_out." in name:
            nn.init.zeros_(weight)
    return adapter


class ClipNetwork(nn.Module):
    """A UNet of clips, with control by a keyframe if there is one."""

    def __init__(
        self, unet: UNet2DConditionModel, motion: MotionAdapter, control: Control | None = None
    ) -> None:
        super().__init__()
        self.unet = UNetMotionModel.from_unet2d(unet, motion)
        own = (*self.unet.down_blocks, self.unet.mid_block, *self.unet.up_blocks)
        for block, given in zip(
            own, (*motion.down_blocks, motion.mid_block, *motion.up_blocks), strict=True
        ):
            if given is not None:  # share the layers, so that training here trains `motion`
                block.motion_modules = given.motion_modules
        self.control = control

    def forward(self, x: Tensor, t: Tensor, text: Tensor, keyframe: Tensor | None = None) -> Tensor:
        """Predict the noise in clips.

        Args:
            x: (B, F, 4, h, w).
            t: (B,) or one step.
            text: (B, tokens, width).
            keyframe: (B, 4, h, w) latents of the first frame; without, control does not act.
        """
        text = text.repeat_interleave(x.shape[1], dim=0)  # (B * F, tokens, width), clip by clip
        video = x.transpose(1, 2)  # (B, 4, F, h, w)
        added: dict[str, Tensor | list[Tensor]] = {}
        if self.control is not None and keyframe is not None:
            down, mid = self.control(video, t, text, keyframe)
            added = {"down_block_additional_residuals": down, "mid_block_additional_residual": mid}
        return self.unet(video, t, encoder_hidden_states=text, **added).sample.transpose(1, 2)
