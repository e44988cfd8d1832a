"""The reconstruction protocol: the generator receives the real window, partly noised.

Real windows are noised up to a share of the noise schedule and denoised from there (SDEdit: Meng et
al. 2022, arXiv 2108.01073). Less noise gives a higher correlation, however weak the generator.
These scores have a control without any network and are never compared with those of generation.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.evaluation import EvaluationOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.scores import Score, definitions, unknown
from videeg_pipe.models.checkpoint import LoadedGenerator
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.choice import choose_windows
from videeg_pipe.scoring.draws import with_video_of
from videeg_pipe.scoring.paper import other_windows, to_unit
from videeg_pipe.scoring.scoring_data import ScoringData
from videeg_pipe.scoring.stats import mean_with_interval, pearson

PROTOCOL = "reconstruction"
STRENGTHS = (0.1, 0.25, 0.5, 0.75, 1.0)
_MOST_WINDOWS = 60


def score_reconstruction(
    loaded: LoadedGenerator,
    data: ScoringData,
    inputs: Inputs,
    settings: SampleOptions,
    config: EvaluationOptions,
    seed: int,
) -> dict[str, Any]:
    """Score reconstructions of real windows at several strengths.

    Args:
        loaded: The generator.
        data: Real windows.
        inputs: Files of their conditions.
        settings: Sampling options.
        config: Largest number of windows, and bootstrap.
        seed: Seed of the run.

    Returns:
        The section `reconstruction`; its `curve` has one entry per strength.
    """
    rows = choose_windows(data.windows, min(_MOST_WINDOWS, config.max_windows), seed)
    windows = data.windows.iloc[rows].reset_index(drop=True)
    clips = data.bootstrap_units.iloc[rows].reset_index(drop=True)
    real, scale = data.normalised[rows], data.scale[rows]
    seeds = [derive_seed(seed, PROTOCOL, name) for name in windows["window_id"]]
    partner = other_windows(windows, derive_seed(seed, PROTOCOL, "shuffled"))
    partner = np.where(partner < 0, np.arange(len(windows)), partner)
    shuffled = partner != np.arange(len(windows))
    conditions = loaded.conditions(windows, inputs)

    def reconstructed(
        strength: float, *, videos: NDArray[np.intp], denoise: bool = True
    ) -> NDArray[np.float32]:
        """Reconstructed windows (n, C, T), conditioned on the videos of the windows `videos`."""
        batches = []
        for start in range(0, len(windows), settings.batch_size):
            batch = np.arange(start, min(start + settings.batch_size, len(windows)))
            condition = with_video_of(conditions.batch(batch), conditions.batch(videos[batch]))
            out = loaded.generator.reconstruct(
                torch.from_numpy(real[batch]).to(loaded.device),
                condition.to(loaded.device),
                [seeds[i] for i in batch],
                settings,
                strength=strength,
                denoise=denoise,
            )
            batches.append(out.float().cpu().numpy())
        return np.concatenate(batches)

    def score(values: NDArray[np.floating], of: NDArray[np.bool_]) -> Score:
        return mean_with_interval(
            values[of], clips[of], config.bootstrap, derive_seed(seed, "bootstrap")
        )

    texts = definitions("reconstruction")
    own, every = np.arange(len(windows)), np.ones(len(windows), bool)
    curve = []
    for strength in STRENGTHS:
        try:
            made = reconstructed(strength, videos=own)
        except UserError as error:  # not a diffusion model
            reason = str(error)
            return {"protocol": PROTOCOL, "definitions": texts, "value": None, "reason": reason}
        noised = reconstructed(strength, videos=own, denoise=False)
        squares = (to_unit(made * scale) - to_unit(real * scale)) ** 2
        shuffled_r = unknown("no subject has windows of two clips")
        if shuffled.any():
            other = reconstructed(strength, videos=partner)
            shuffled_r = score(pearson(other, real), shuffled)
        curve.append(
            {
                "strength": strength,
                "r": score(pearson(made, real), every),
                "mse": score(squares.mean((1, 2)), every),
                "no_network_r": score(pearson(noised, real), every),
                "shuffled_video_r": shuffled_r,
            }
        )
    return {
        "protocol": PROTOCOL,
        "n_windows": len(windows),
        "curve": curve,
        "definitions": texts,
    }
