"""Scores of one trained generator without a release: what tables of trials are made of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from videeg_pipe.config import section
from videeg_pipe.config.sample import Sample
from videeg_pipe.config.validate import Evaluation
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.files import write_json
from videeg_pipe.contracts.seeds import derive_seed
from videeg_pipe.models import Inputs
from videeg_pipe.models.registry import LoadedGenerator, load_generator
from videeg_pipe.validate.metrics import alignment, c2st, cost, fidelity
from videeg_pipe.validate.metrics.draws import draw_windows
from videeg_pipe.validate.metrics.material import read_split, with_draws

_NOISES = 4
"""Draws of noise level and noise a window that the denoising loss is averaged over."""


def score_trial(*, inputs: Inputs, config: Mapping[str, Any], split: str, scores: Path) -> None:
    """Score a generator on windows of one split, all with one draw each.

    Args:
        inputs: Windows, normalisation, features, recordings, checkpoint and model.
        config: The rule's part of the configuration: run.seed, sample and evaluation.
        split: `validation` or `test`.
        scores: Where the numbers go, with the checkpoint's hash beside them.
    """
    settings, seed = section(Sample, config["sample"]), config["run"]["seed"]
    evaluation = section(Evaluation, config["evaluation"])
    torch.set_num_threads(settings.threads)
    loaded = load_generator(inputs.path("checkpoint").parent)
    material = read_split(inputs, split)
    rows = alignment.choose_windows(material.windows, evaluation.max_windows, seed)
    chosen = material.windows.iloc[rows].reset_index(drop=True)
    draws = draw_windows(loaded, chosen, inputs, settings, evaluation.mean_draws, seed)
    material = with_draws(material, draws.samples, rows)
    aligned, _ = alignment.score(material, rows, draws, evaluation, seed)
    like, _ = fidelity.score(material, seed)
    told_apart = c2st.compare(
        draws.samples,
        material.normalised[rows],
        chosen["subject"],
        chosen["clip_id"],
        material.sfreq,
        evaluation.bootstrap,
        seed,
    )
    history = pd.read_parquet(inputs.path("history"))
    numbers = summary(aligned, like, told_apart) | {
        "denoising_loss": denoising_loss(
            loaded, chosen, material.normalised[rows], inputs, settings.batch_size, seed
        ),
        "training_s": float(history["seconds"].sum()),
    }
    spent = cost.score(
        draws,
        settings,
        parameters=loaded.model["parameters"],
        nfe=loaded.generator.nfe(settings),
    )
    for name in ("seconds_per_sample", "nfe", "parameters"):
        numbers[name] = float(spent[name])
    write_json(
        scores,
        {
            "scores": numbers,
            "split": split,
            "n_windows": len(rows),
            "checkpoint_sha256": loaded.model["checkpoint_sha256"],
        },
    )


def summary(
    aligned: Mapping[str, Any], like: Mapping[str, Any], told_apart: Mapping[str, Any]
) -> dict[str, float | None]:
    """One number a score, from the entries that `metrics.json` has too.

    `of_ceiling`, `shuffled_of_ceiling` and `blank_of_ceiling` are fractions of the ceiling,
    `covariance_over_floor` is a multiple of the floor; those that cannot be given are None.
    """
    ceiling, covariance = aligned["ceiling_r"]["value"], like["covariance_error"]
    numbers = {
        "conditional_mean_r": aligned["conditional_mean_r"]["value"],
        "of_ceiling": _share(aligned["conditional_mean_r"]["value"], ceiling),
        "shuffled_of_ceiling": _share(aligned["shuffled_video_r"]["value"], ceiling),
        "blank_of_ceiling": _share(aligned["blank_video_r"]["value"], ceiling),
        "sample_r": aligned["sample_r"]["value"],
        "c2st": told_apart["value"],
        "psd_distance": like["psd_distance"]["value"],
        "covariance_error": covariance["value"],
        "covariance_over_floor": _share(covariance["value"], covariance["floor"]["value"]),
    }
    for name, entry in told_apart.get("classifiers", {}).items():
        numbers[f"c2st_{name}"] = entry["value"]
    for band in BANDS:
        numbers[f"power_{band}"] = like["band_power_ratio"][band]["value"]
    return numbers


def _share(value: float | None, whole: float | None) -> float | None:
    return None if value is None or whole is None else value / whole


@torch.no_grad()
def denoising_loss(
    loaded: LoadedGenerator,
    windows: pd.DataFrame,
    real: NDArray[np.float32],
    inputs: Inputs,
    batch_size: int,
    seed: int,
) -> float | None:
    """The training's diffusion loss on windows that it did not see, with noise of its own.

    It compares generators that predict the same thing in the same coordinates, and those finely;
    another evoked head leaves other coordinates. None where training does without that loss.

    Args:
        loaded: The generator.
        windows: n rows of the `windows` table.
        real: Their normalised EEG, (n, C, T).
        inputs: What their conditions are read from.
        batch_size: Windows at a time.
        seed: Seed of the run.
    """
    conditions, x = loaded.conditions(windows, inputs), torch.from_numpy(real)
    rng = torch.Generator().manual_seed(derive_seed(seed, "denoising"))
    total = 0.0
    for start in range(0, len(x), batch_size):
        rows = np.arange(start, min(start + batch_size, len(x)))
        condition = conditions.batch(rows).to(loaded.device)
        for _ in range(_NOISES):
            losses = loaded.generator.losses(x[rows].to(loaded.device), condition, rng)
            if "diffusion" not in losses:
                return None
            total += losses["diffusion"].item() * len(rows)
    return total / (_NOISES * len(x))
