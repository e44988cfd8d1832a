"""How near clips that are drawn from the truth come to the true clips."""

import logging
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.models.pictures.motion import ClipNetwork
from videeg_pipe.models.pictures.sampler import sample
from videeg_pipe.models.pictures.unet import make_scheduler
from videeg_pipe.models.pictures.vae import decode, psnr
from videeg_pipe.pictures.training import make_fabric
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed

logger = logging.getLogger(__name__)

_BATCH = 8  # clips


def score_generator(
    network: ClipNetwork,
    vae: AutoencoderKL,
    store: PictureStore,
    config: PicturesOptions,
    seed: int,
) -> dict[str, Any]:
    """Score clips drawn from true text, with or without the true latents and keyframe.

    Args:
        network: Trained network of clips, with control.
        vae: Trained autoencoder.
        store: Frames, texts and latents; validation clips are used, `ceiling_clips` of them.
        config: Sampler.
        seed: The run's seed.

    Returns:
        Number of clips; mean PSNR in dB of the frames of each kind of draw, of the autoencoder,
        and of the first frame with a keyframe.
    """
    validation = store.stimuli("validation")
    n = min(config.ceiling_clips, len(validation))
    chosen = validation.iloc[np.linspace(0, len(validation) - 1, n).round().astype(int)]
    rows = chosen.index.to_numpy()
    frames, latents = np.asarray(store.array("frames")[rows]), store.array("latents")[rows]
    device = make_fabric().device
    network, vae = network.to(device).eval(), vae.to(device)
    true = torch.from_numpy(latents).to(device)  # (n, F, 4, h, w)
    text = torch.from_numpy(store.array("texts")[rows]).to(device)
    empty = torch.from_numpy(store.array("empty", record="texts").copy()).to(device)
    noise = torch.stack(
        [
            torch.randn(true.shape[1:], generator=torch.Generator().manual_seed(own))
            for own in (
                derive_seed(seed, "pictures", "draw", name) for name in chosen["stimulus_id"]
            )
        ]
    ).to(device)
    kinds: dict[str, dict[str, Any]] = {
        "text": {},
        "text_and_keyframe": {"keyframe": true[:, 0]},
        "text_keyframe_and_latents": {"keyframe": true[:, 0], "latents": true},
    }
    scores: dict[str, float] = {"autoencoder": float(psnr(frames, decode(vae, latents)).mean())}
    for kind, given in progress(kinds.items(), "ceiling of the generator", len(kinds)):
        drawn = [
            sample(
                network,
                make_scheduler(),
                text=text[part],
                empty=empty,
                noise=noise[part],
                steps=config.steps,
                guidance=config.guidance,
                strength=config.strength if "latents" in given else 1.0,
                **{name: values[part] for name, values in given.items()},
            )
            for part in (slice(at, at + _BATCH) for at in range(0, n, _BATCH))
        ]
        made = decode(vae, torch.cat(drawn).cpu().numpy())
        quality = psnr(frames, made)  # (n, F)
        scores[kind] = float(quality.mean())
        if kind == "text_and_keyframe":
            scores["first_frame_with_keyframe"] = float(quality[:, 0].mean())
    logger.info("PSNR of validation clips, dB: %s", scores)
    return {"n_clips": n, "psnr_db": scores}
