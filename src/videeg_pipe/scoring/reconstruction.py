"""The other protocol: how much of a correlation comes of showing the generator the real window.

Real windows are noised up to a share of the noise schedule and denoised from there (SDEdit: Meng et
al. 2022, arXiv 2108.01073). The less noise, the higher the correlation, whatever the generator
knows: these scores stand beside a control without any network, and never beside those of
generation.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.validate import EvaluationOptions
from videeg_pipe.models.checkpoint import LoadedGenerator
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.alignment.correlation import choose_windows
from videeg_pipe.scoring.draws import with_video_of
from videeg_pipe.scoring.paper import other_windows, to_unit
from videeg_pipe.scoring.scoring_data import Material
from videeg_pipe.scoring.stats import mean_with_interval, pearson, unknown

PROTOCOL = "reconstruction"
STRENGTHS = (0.1, 0.25, 0.5, 0.75, 1.0)
DEFINITIONS = {
    "protocol": "Reconstruction: the generator is given the real window, partly noised. Not to be "
    "compared with any score of generation.",
    "strength": "Share of the sampler's steps that are run: 0 would give the window back, and at 1 "
    "nothing of it is left, which is generation.",
    "r": "Pearson correlation between the reconstructed window and the real one that was given, "
    "flattened and divided by the normalisation's scale, averaged over windows; 95 % interval from "
    "a bootstrap over clips.",
    "mse": "Mean squared difference of the two, each divided by its own largest absolute value, as "
    "in `paper`.",
    "no_network_r": "The same r of the noised window itself, at the level where the sampler starts "
    "and with the same noise: what is left of the input before any network sees it. Where a "
    "generator diffuses a latent, its autoencoder is in it. An r that is no higher says nothing of "
    "the generator.",
    "shuffled_video_r": "The same r when the generator is told the video of another clip of the "
    "same subject. An r that is no higher owes nothing to the video.",
}
_MOST_WINDOWS = 60


def score(
    loaded: LoadedGenerator,
    material: Material,
    inputs: Inputs,
    settings: SampleOptions,
    config: EvaluationOptions,
    seed: int,
) -> dict[str, Any]:
    """Score reconstructions of some real windows at several strengths.

    Args:
        loaded: The generator.
        material: The real windows.
        inputs: What their conditions are read from.
        settings: How to sample.
        config: Windows at most, and bootstrap.
        seed: Seed of the run.

    Returns:
        The section of metrics.json: its `curve` has an entry a strength.
    """
    rows = choose_windows(material.windows, min(_MOST_WINDOWS, config.max_windows), seed)
    windows = material.windows.iloc[rows].reset_index(drop=True)
    clips = material.blocks.iloc[rows].reset_index(drop=True)
    real, scale = material.normalised[rows], material.scale[rows]
    seeds = [derive_seed(seed, PROTOCOL, name) for name in windows["window_id"]]
    partner = other_windows(windows, derive_seed(seed, PROTOCOL, "shuffled"))
    partner = np.where(partner < 0, np.arange(len(windows)), partner)
    shuffled = partner != np.arange(len(windows))
    conditions = loaded.conditions(windows, inputs)

    def drawn(strength: float, *, told: NDArray[np.intp], denoise: bool = True) -> Any:
        """Windows (n, C, T), told the videos of the windows `told` (n,)."""
        found = []
        for start in range(0, len(windows), settings.batch_size):
            some = np.arange(start, min(start + settings.batch_size, len(windows)))
            condition = with_video_of(conditions.batch(some), conditions.batch(told[some]))
            out = loaded.generator.reconstruct(
                torch.from_numpy(real[some]).to(loaded.device),
                condition.to(loaded.device),
                [seeds[i] for i in some],
                settings,
                strength=strength,
                denoise=denoise,
            )
            found.append(out.float().cpu().numpy())
        return np.concatenate(found)

    def scored(values: NDArray[np.floating], of: NDArray[np.bool_]) -> dict[str, Any]:
        return mean_with_interval(
            values[of], clips[of], config.bootstrap, derive_seed(seed, "bootstrap")
        )

    own, every = np.arange(len(windows)), np.ones(len(windows), bool)
    curve = []
    for strength in STRENGTHS:
        try:
            made = drawn(strength, told=own)
        except UserError as error:  # a generator that is no diffusion
            return {"protocol": PROTOCOL, "definitions": DEFINITIONS, **unknown(str(error))}
        noised = drawn(strength, told=own, denoise=False)
        squares = (to_unit(made * scale) - to_unit(real * scale)) ** 2
        curve.append(
            {
                "strength": strength,
                "r": scored(pearson(made, real), every),
                "mse": scored(squares.mean((1, 2)), every),
                "no_network_r": scored(pearson(noised, real), every),
                "shuffled_video_r": scored(pearson(drawn(strength, told=partner), real), shuffled)
                if shuffled.any()
                else unknown("no subject has windows of two clips"),
            }
        )
    return {
        "protocol": PROTOCOL,
        "n_windows": len(windows),
        "curve": curve,
        "definitions": DEFINITIONS,
    }
