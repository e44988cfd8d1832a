"""Clips drawn from decoded text and latents, by the models under a `pictures/` folder."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.controlnets.controlnet_sparsectrl import SparseControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.unets.unet_motion_model import MotionAdapter
from numpy.typing import NDArray
from torch import Tensor

from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.models.pictures.control import Control
from videeg_pipe.models.pictures.folders import load_model
from videeg_pipe.models.pictures.motion import ClipNetwork
from videeg_pipe.models.pictures.sampler import Start, sample
from videeg_pipe.models.pictures.unet import PictureNetwork, make_scheduler
from videeg_pipe.models.pictures.vae import decode
from videeg_pipe.runtime.device import chosen_device
from videeg_pipe.runtime.seeds import derive_seed

_BATCH = 8  # clips


@dataclass(frozen=True)
class ClipArtist:
    """The models that draw clips, and the options of the sampler."""

    pictures: PictureNetwork
    clips: ClipNetwork
    vae: AutoencoderKL
    empty: Tensor  # (tokens, width)
    options: PicturesOptions  # steps, guidance, strength

    @classmethod
    def load(cls, store: PictureStore, options: PicturesOptions) -> "ClipArtist":
        """Load the models of a run, on the first GPU if there is one.

        Raises:
            UserError: if a file is missing or damaged.
        """
        manifest = store.root / "generator.json"
        device = chosen_device()
        unet = load_model(manifest, "unet", UNet2DConditionModel)
        motion = load_model(manifest, "motion", MotionAdapter)
        control = load_model(manifest, "control", SparseControlNetModel)
        empty = torch.from_numpy(store.array("empty", record="texts").copy())
        return cls(
            PictureNetwork(unet).to(device).eval(),
            ClipNetwork(unet, motion, Control(control)).to(device).eval(),
            load_model(store.root / "vae.json", "vae", AutoencoderKL).to(device),
            empty.to(device),
            options,
        )

    def draw(
        self,
        text: NDArray[np.float32],
        latents: NDArray[np.float32],
        noise: NDArray[np.float32],
        *,
        start: Start | None = "noised",
        keyframe: NDArray[np.float32] | None = None,
        make_keyframe: bool = False,
    ) -> NDArray[np.float32]:
        """Draw the latents of clips; a clip does not depend on the others.

        Args:
            text: (n, tokens, width).
            latents: (n, F, 4, h, w), where the sampler starts.
            noise: (n, F, 4, h, w).
            start: `noised`: the latents are noised and the share `strength` of the steps is run.
                `raw`: the latents replace the noise, and all steps are run. None: the latents are
                not used.
            keyframe: Latents of the first frame, (n, 4, h, w).
            make_keyframe: Make the keyframe from the first latents and the text, by the network of
                pictures, as SAM-Net does.
        """
        device = self.empty.device
        parts = []
        for at in range(0, len(text), _BATCH):
            rows = slice(at, at + _BATCH)
            E, L, own = (
                torch.from_numpy(np.array(array[rows])).to(device)
                for array in (text, latents, noise)
            )
            key = None
            if keyframe is not None:
                key = torch.from_numpy(np.array(keyframe[rows])).to(device)
            elif make_keyframe:
                how: Start | None = None if start is None else "noised"
                key = self._sample(self.pictures, E, L[:, 0], own[:, 0], how)
            parts.append(self._sample(self.clips, E, L, own, start, key).cpu().numpy())
        return np.concatenate(parts)

    def frames(self, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Decode latents (n, F, 4, h, w) to frames (n, F, H, W, 3)."""
        return decode(self.vae, latents)

    def _sample(
        self,
        network: PictureNetwork | ClipNetwork,
        text: Tensor,
        latents: Tensor,
        noise: Tensor,
        start: Start | None,
        keyframe: Tensor | None = None,
    ) -> Tensor:
        return sample(
            network,
            make_scheduler(),
            text=text,
            empty=self.empty,
            noise=noise,
            steps=self.options.steps,
            guidance=self.options.guidance,
            latents=None if start is None else latents,
            strength=self.options.strength if start == "noised" else 1.0,
            start=start or "noised",
            keyframe=keyframe,
        )


def noise_of(names: Any, shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    """Draw noise (n, *shape) of unit variance: the same for a name in all rows of a table."""
    return np.stack(
        [
            np.random.default_rng(derive_seed(seed, "reconstruct", str(name)))
            .standard_normal(shape)
            .astype(np.float32)
            for name in names
        ]
    )
