"""Scores of one trained generator without a release: what tables of trials are made of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.validate import EvaluationOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.models.checkpoint import LoadedGenerator, load_generator
from videeg_pipe.runtime.files import write_json
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring import cost, paper
from videeg_pipe.scoring.alignment import correlation as alignment
from videeg_pipe.scoring.draws import Draws, draw_windows
from videeg_pipe.scoring.fidelity import c2st
from videeg_pipe.scoring.fidelity import statistics as fidelity
from videeg_pipe.scoring.paper import MEASURES
from videeg_pipe.scoring.recordings import another_person, with_others
from videeg_pipe.scoring.scoring_data import read_split, with_draws

ALIGNMENT = (
    "conditional_mean_r", "of_ceiling", "shuffled_video_r", "blank_video_r", "sample_r",
    "concept_retrieval",
)  # fmt: skip
"""Scores of the section `alignment` that are kept: with the video's controls, truth or none."""
_NOISES = 4
"""Draws of noise level and noise a window that the denoising loss is averaged over."""


def score_trial(*, inputs: Inputs, config: Mapping[str, Any], split: str, scores: Path) -> None:
    """Score a generator on windows of one split, all with one draw each.

    Without a checkpoint, other people's recordings of the same moments are scored in its place.

    Args:
        inputs: Windows, normalisation, features and recordings; checkpoint, model and history.
        config: The rule's part of the configuration: run.seed, sample and evaluation.
        split: `validation` or `test`.
        scores: Where the numbers go, with the checkpoint's hash beside them.
    """
    settings, seed = section(SampleOptions, config["sample"]), config["run"]["seed"]
    evaluation = section(EvaluationOptions, config["evaluation"])
    torch.set_num_threads(settings.threads)
    loaded = None
    if "checkpoint" in inputs.paths:
        loaded = load_generator(inputs.path("checkpoint").parent)
    material = read_split(inputs, split)
    rows = alignment.choose_windows(material.windows, evaluation.max_windows, seed)
    if loaded is None:
        rows = with_others(material, rows)
    chosen = material.windows.iloc[rows].reset_index(drop=True)
    if loaded is None:
        draws = another_person(material, rows)
    else:  # noise as the training's seed has it, so that its spread is in that over seeds
        own_seed = loaded.model["config"]["run"]["seed"]
        draws = draw_windows(loaded, chosen, inputs, settings, evaluation.mean_draws, own_seed)
    material = with_draws(material, draws.samples, rows)
    aligned, _ = alignment.score(material, rows, draws, evaluation, seed)
    like, _ = fidelity.score(material, seed)
    told_apart = c2st.compare(
        draws.samples,
        material.normalised[rows],
        chosen["subject"],
        material.blocks.iloc[rows],
        material.sfreq,
        evaluation.bootstrap,
        seed,
    )
    entries = named(aligned, like, told_apart, paper.score(material, seed))
    numbers = {name: entry["value"] for name, entry in entries.items()}
    numbers |= multiples(aligned, like)
    if loaded is not None:
        numbers |= _training_and_cost(
            loaded, chosen, material.normalised[rows], draws, inputs, settings, seed
        )
    write_json(
        scores,
        {
            "scores": numbers,
            "intervals": intervals(aligned, told_apart),
            "split": split,
            "n_windows": len(rows),
            "checkpoint_sha256": None if loaded is None else loaded.model["checkpoint_sha256"],
        },
    )


def _training_and_cost(
    loaded: LoadedGenerator,
    windows: pd.DataFrame,
    real: NDArray[np.float32],
    draws: Draws,
    inputs: Inputs,
    settings: SampleOptions,
    seed: int,
) -> dict[str, float | None]:
    """What only a generator has: a loss, a training and a cost; arguments as elsewhere here."""
    loss = denoising_loss(loaded, windows, real, inputs, settings.batch_size, seed)
    trained = pd.read_parquet(inputs.path("history"))
    spent = cost.score(
        draws,
        settings,
        parameters=loaded.model["parameters"],
        nfe=loaded.generator.nfe(settings),
    )
    few = loaded.conditions(windows.iloc[: cost.FEW], inputs).batch(np.arange(cost.FEW))
    return {
        "denoising_loss": loss,
        "training_s": float(trained["seconds"].sum()),
        # of all phases together; a fit and a private training do not count them
        "training_windows": float(trained["windows"].sum()) if "windows" in trained else None,
        **{
            name: float(spent[name])
            for name in ("seconds_per_sample", "nfe", "parameters", "peak_memory_mb")
        },
        **{k: float(v) for k, v in loaded.model["config"].get("baselines", {}).items()},
        **cost.native(loaded, few, settings),
    }


def named(
    aligned: Mapping[str, Any],
    like: Mapping[str, Any],
    told_apart: Mapping[str, Any],
    paper: Mapping[str, Any],
) -> dict[str, Mapping[str, Any]]:
    """Entries of `metrics.json` under names of one level, with value and interval if any."""
    entries = {name: aligned[name] for name in ALIGNMENT}
    entries |= {name: like[name] for name in ("psd_distance", "covariance_error")}
    entries["c2st"] = told_apart
    for name, entry in told_apart.get("classifiers", {}).items():
        entries[f"c2st_{name}"] = entry
    for band in BANDS:
        entries[f"power_{band}"] = like["band_power_ratio"][band]
    return entries | {name: paper[name] for name in MEASURES}


def intervals(aligned: Mapping[str, Any], told_apart: Mapping[str, Any]) -> dict[str, list[float]]:
    """Low and high of the scores with a bootstrap over clips; others have extremes over splits."""
    entries = {name: aligned[name] for name in ALIGNMENT}
    entries |= {"c2st": told_apart} | {
        f"c2st_{name}": entry for name, entry in told_apart.get("classifiers", {}).items()
    }
    return {
        name: [entry["low"], entry["high"]]
        for name, entry in entries.items()
        if entry.get("low") is not None
    }


def multiples(aligned: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, float | None]:
    """Controls as fractions of the ceiling, the covariance error as multiple of its floor.

    Those that cannot be given are None.
    """
    ceiling, covariance = aligned["ceiling_r"]["value"], like["covariance_error"]
    floor = covariance["floor"]
    return {
        "shuffled_of_ceiling": _share(aligned["shuffled_video_r"]["value"], ceiling),
        "blank_of_ceiling": _share(aligned["blank_video_r"]["value"], ceiling),
        "covariance_over_floor": _share(
            covariance["value"], None if floor is None else floor["value"]
        ),
    }


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
