"""Folders as Stable Diffusion 1.5, AnimateDiff and SparseCtrl publish them, with tiny weights.

As there, the VAE has the old names of its attention and no scaling factor in its config, the motion
layers have no middle block, and the UNet has four levels.
"""

import json
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.controlnets.controlnet_sparsectrl import SparseControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.unets.unet_motion_model import MotionAdapter
from safetensors.torch import load_file, save_file

from tests.models.pictures.networks import randomised
from videeg_pipe.config.pictures import PictureModelOptions
from videeg_pipe.contracts.constants import CLIP_WIDTH

WIDTHS = [8, 16, 16, 16]
UNET = {
    "in_channels": 4,
    "block_out_channels": WIDTHS,
    "layers_per_block": 2,
    "cross_attention_dim": CLIP_WIDTH,
    "attention_head_dim": 8,
    "norm_num_groups": 8,
}
OLD_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def build_models(root: Path) -> dict[str, PictureModelOptions]:
    """Write the folders; return the options of section `pictures` that name them."""
    torch.manual_seed(0)
    base = root / "stable-diffusion-v1-5"
    _save_vae(base / "vae")
    models = {
        base / "unet": UNet2DConditionModel(**UNET, out_channels=4),
        root / "motion": MotionAdapter(
            block_out_channels=WIDTHS,
            motion_layers_per_block=2,
            motion_norm_num_groups=8,
            use_motion_mid_block=False,
        ),
        root / "control": SparseControlNetModel(**UNET, conditioning_channels=4),
    }
    for folder, model in models.items():
        randomised(model).save_pretrained(folder)
    return {
        "vae": PictureModelOptions(model=str(base), subfolder="vae"),
        "unet": PictureModelOptions(model=str(base), subfolder="unet"),
        "motion": PictureModelOptions(model=str(root / "motion")),
        "control": PictureModelOptions(model=str(root / "control")),
    }


def _save_vae(folder: Path) -> None:
    vae = AutoencoderKL(
        block_out_channels=[8] * 4,
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        latent_channels=4,
        norm_num_groups=8,
    )
    with torch.no_grad():  # diffusers' pipeline samples the posterior: without variance, its mode
        vae.quant_conv.weight[4:] = 0
        vae.quant_conv.bias[4:] = -100
    vae.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    del config["scaling_factor"]
    (folder / "config.json").write_text(json.dumps(config))
    weights = folder / "diffusion_pytorch_model.safetensors"
    renamed = {}
    for name, values in load_file(weights).items():
        for new, old in OLD_NAMES.items():
            name = name.replace(f".{new}.", f".{old}.")
        renamed[name] = values
    save_file(renamed, weights, {"format": "pt"})
