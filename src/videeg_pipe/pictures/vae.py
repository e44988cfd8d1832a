"""The autoencoder, trained or found, and the latents of all clips."""

import logging
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from videeg_pipe.config.pictures import IN_RUN, PicturesOptions
from videeg_pipe.contracts.pictures import PictureStore, write_arrays
from videeg_pipe.models.pictures.folders import open_model, save_model
from videeg_pipe.models.pictures.vae import VaeLoss, decode, encode, fit_scale, make_vae, psnr
from videeg_pipe.pictures.data import Frames
from videeg_pipe.pictures.found import find_folder
from videeg_pipe.pictures.training import fit, make_fabric
from videeg_pipe.runtime.files import write_record
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly

logger = logging.getLogger(__name__)


def train_vae(*, config: PicturesOptions, seed: int, manifest: Path) -> None:
    """Train the autoencoder on frames of the training split, and encode all frames.

    The record states how well it reproduces validation frames: the ceiling of everything that is
    decoded from latents.

    Args:
        config: Widths and training, or the model to use instead.
        seed: The run's seed.
        manifest: `vae.json`. The frames lie beside it; latents and their record are written there.

    Raises:
        UserError: if there are no training clips, or the model cannot be used.
    """
    compute_reproducibly(config.threads)
    store = PictureStore(manifest.parent)
    frames = store.array("frames")  # (n, F, H, W, 3)
    rows = {name: store.stimuli(name).index.to_numpy() for name in ("train", "validation")}
    own = derive_seed(seed, "pictures", "vae")
    training = None
    if config.vae.model == IN_RUN:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(own)
            vae = make_vae(config.vae_widths)
        items = Frames(frames, rows["train"])
        weights = list(vae.parameters())
        training = fit(VaeLoss(vae), weights, items, config.vae_training, seed=own, name="vae")
        fit_scale(vae, frames[rows["train"]])
        entry = save_model(vae, manifest.parent / "vae")
    else:
        folder, entry = find_folder(config.vae, "vae")
        vae = open_model(folder, AutoencoderKL).to(make_fabric().device)
    latents = encode(vae, frames)
    write_arrays(manifest.with_name("latents.json"), {"latents": latents})
    validation = rows["validation"]
    ceiling = None
    if len(validation):
        true = np.asarray(frames[validation])
        mean = frames[rows["train"]].mean(axis=(0, 1))
        ceiling = {
            "n_frames": int(np.prod(true.shape[:2])),
            "psnr_db": float(psnr(true, decode(vae, latents[validation])).mean()),
            "psnr_db_of_mean_frame": float(psnr(true, mean.round()).mean()),
        }
        logger.info("validation frames: %s", ceiling)
    write_record(
        manifest,
        {
            "models": {"vae": entry},
            "scaling_factor": float(vae.config.scaling_factor),
            "training": {"vae": training},
            "ceiling": ceiling,
        },
    )
