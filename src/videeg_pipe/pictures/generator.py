"""UNet, motion layers and control, trained one after the other or found."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.controlnets.controlnet_sparsectrl import SparseControlNetModel
from diffusers.models.modeling_utils import ModelMixin
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.unets.unet_motion_model import MotionAdapter
from torch import nn

from videeg_pipe.config.pictures import (
    IN_RUN,
    PictureModelOptions,
    PicturesOptions,
    PictureTraining,
)
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.models.pictures.control import Control, make_control
from videeg_pipe.models.pictures.folders import load_model, open_model, save_model
from videeg_pipe.models.pictures.motion import ClipNetwork, make_motion
from videeg_pipe.models.pictures.unet import DiffusionLoss, PictureNetwork, make_unet
from videeg_pipe.pictures.ceiling import score_generator
from videeg_pipe.pictures.data import Clips, Pictures
from videeg_pipe.pictures.found import find_folder
from videeg_pipe.pictures.training import fit, validate
from videeg_pipe.runtime.files import write_record
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly

M = TypeVar("M", bound=ModelMixin)


def train_generator(*, config: PicturesOptions, seed: int, manifest: Path) -> None:
    """Train the models that draw clips, in the order of AnimateDiff and SparseCtrl.

    The UNet learns pictures from text; with it frozen, the motion layers learn clips; with both
    frozen, the control learns the first frame. All see the training split alone. The record states
    losses on the validation split, and how near clips from true text, latents and keyframe come to
    the true clips: the ceiling of every decoder that uses these models.

    Args:
        config: Sizes and trainings, or models to use instead.
        seed: The run's seed.
        manifest: `generator.json`. Latents, texts, frames and the autoencoder lie beside it.

    Raises:
        UserError: if there are no training clips, or a model cannot be used.
    """
    compute_reproducibly(config.threads)
    root = manifest.parent
    store = PictureStore(root)
    arrays = store.array("latents"), store.array("texts")
    empty = torch.from_numpy(store.array("empty", record="texts").copy())
    train, validation = (store.stimuli(name).index.to_numpy() for name in ("train", "validation"))
    models = _Models(seed, root, empty)
    unet = models.get(
        "unet",
        (config.unet, config.unet_training),
        UNet2DConditionModel,
        lambda: make_unet(config.unet_widths, empty.shape[-1]),
        PictureNetwork,
        (Pictures(*arrays, train), Pictures(*arrays, validation)),
    )
    motion = models.get(
        "motion",
        (config.motion, config.motion_training),
        MotionAdapter,
        lambda: make_motion(unet),
        lambda model: ClipNetwork(unet, model),
        (Clips(*arrays, train), Clips(*arrays, validation)),
    )
    control = models.get(
        "control",
        (config.control, config.control_training),
        SparseControlNetModel,
        lambda: make_control(unet),
        lambda model: ClipNetwork(unet, motion, Control(model)),
        (Clips(*arrays, train, keyframes=True), Clips(*arrays, validation, keyframes=True)),
    )
    ceiling = None
    if len(validation):
        network = ClipNetwork(unet, motion, Control(control))
        vae = load_model(root / "vae.json", "vae", AutoencoderKL)
        ceiling = score_generator(network, vae, store, config, seed)
    write_record(
        manifest,
        {"models": models.entries, "training": models.trainings, "ceiling": ceiling},
    )


@dataclass
class _Models:
    """The models of a run, as they come to be."""

    seed: int
    root: Path
    empty: torch.Tensor
    entries: dict[str, Any] = field(default_factory=dict)
    trainings: dict[str, Any] = field(default_factory=dict)

    def get(
        self,
        name: str,
        options: tuple[PictureModelOptions, PictureTraining],
        kind: type[M],
        make: Callable[[], M],
        network: Callable[[M], nn.Module],
        items: tuple[Clips, Clips],
    ) -> M:
        """Train one model in the run and save it, or find it.

        Args:
            name: Name of its folder.
            options: Where it comes from, and its training.
            kind: Its class.
            make: Makes it untrained.
            network: Returns the network that the model is trained in.
            items: Of the training and of the validation split.
        """
        origin, length = options
        if origin.model != IN_RUN:
            folder, self.entries[name] = find_folder(origin, name)
            return open_model(folder, kind)
        own = derive_seed(self.seed, "pictures", name)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(own)
            model = make()
        loss = DiffusionLoss(network(model), self.empty)
        facts = fit(loss, list(model.parameters()), items[0], length, seed=own, name=name)
        facts["validation_loss"] = validate(loss, items[1], length.batch_size)
        self.trainings[name] = facts
        self.entries[name] = save_model(model, self.root / name)
        return model
