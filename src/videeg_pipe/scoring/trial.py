"""Scores of one trained generator without a release, for tables of trials."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.evaluation import EvaluationOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.scores import section_scores, to_json, trial_scores
from videeg_pipe.contracts.tables import read_parquet
from videeg_pipe.models.checkpoint import LoadedGenerator, load_checkpoint
from videeg_pipe.runtime.files import write_record
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.alignment.correlation import score_alignment
from videeg_pipe.scoring.choice import choose_windows
from videeg_pipe.scoring.cost import FEW, native_cost, score_cost
from videeg_pipe.scoring.draws import Draws, draw_windows
from videeg_pipe.scoring.fidelity.c2st import two_sample_test
from videeg_pipe.scoring.fidelity.statistics import score_fidelity
from videeg_pipe.scoring.oracle import another_person, seen_by_others
from videeg_pipe.scoring.paper import score_paper
from videeg_pipe.scoring.scoring_data import read_split, with_draws

_NOISES = 4
"""Draws of noise level and noise per window for the denoising loss."""


def score_trial(*, inputs: Inputs, config: Mapping[str, Any], split: str, scores: Path) -> None:
    """Score a generator on windows of one split, with one draw per window.

    Without a checkpoint, other people's recordings of the same moments are scored instead.

    Args:
        inputs: Windows, normalisation, features and recordings; checkpoint, model and history.
        config: The rule's part of the configuration: run.seed, preprocess.h_freq, sample and
            evaluation.
        split: `validation` or `test`.
        scores: Output: the numbers, and the checkpoint's hash.
    """
    settings, seed = section(SampleOptions, config["sample"]), config["run"]["seed"]
    evaluation = section(EvaluationOptions, config["evaluation"])
    torch.set_num_threads(settings.threads)
    loaded = None
    if "checkpoint" in inputs.paths:
        loaded = load_checkpoint(inputs.path("checkpoint").parent)
    data = replace(read_split(inputs, split), highest_hz=config["preprocess"]["h_freq"])
    rows = choose_windows(data.windows, evaluation.max_windows, seed)
    if loaded is None:
        rows = seen_by_others(data, rows)
    chosen = data.windows.iloc[rows].reset_index(drop=True)
    if loaded is None:
        draws = another_person(data, rows)
    else:  # noise of the training's seed: the spread over seeds includes that of the draws
        own_seed = loaded.model["config"]["run"]["seed"]
        draws = draw_windows(loaded, chosen, inputs, settings, evaluation.mean_draws, own_seed)
    data = with_draws(data, draws.samples, rows)
    alignment, _ = score_alignment(data, rows, draws, evaluation, seed)
    fidelity, _ = score_fidelity(data, seed)
    fidelity["c2st"] = two_sample_test(
        draws.samples,
        data.normalised[rows],
        chosen["subject"],
        data.bootstrap_units.iloc[rows],
        data.sfreq,
        evaluation.bootstrap,
        seed,
    )
    sections = to_json(
        {"alignment": alignment, "fidelity": fidelity, "paper": score_paper(data, seed)}
    )
    entries = trial_entries(sections)
    numbers = {name: entry["value"] for name, entry in entries.items()}
    numbers |= relative_scores(sections["alignment"], sections["fidelity"])
    if loaded is not None:
        numbers |= _training_and_cost(
            loaded, chosen, data.normalised[rows], draws, inputs, settings, seed
        )
    write_record(
        scores,
        {
            "scores": numbers,
            "intervals": clip_intervals(entries),
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
    """Scores that only a generator has: loss, training and cost."""
    loss = denoising_loss(loaded, windows, real, inputs, settings.batch_size, seed)
    history = read_parquet(inputs.path("history"))
    cost = score_cost(
        draws,
        settings,
        parameters=loaded.model["parameters"],
        nfe=loaded.generator.nfe(settings),
    )
    few = loaded.conditions(windows.iloc[:FEW], inputs).batch(np.arange(FEW))
    return {
        "denoising_loss": loss,
        "training_s": float(history["seconds"].sum()),
        # of all phases; a fit and a training with differential privacy do not count windows
        "training_windows": float(history["windows"].sum()) if "windows" in history else None,
        **{spec.trial: float(cost[name]) for name, spec in section_scores("cost").items()},
        **{k: float(v) for k, v in loaded.model["config"].get("baselines", {}).items()},
        **native_cost(loaded, few, settings),
    }


def trial_entries(sections: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return entries of metrics.json by their names in tables of trials, in catalogue order.

    Args:
        sections: Sections of metrics.json by name.
    """
    entries: dict[str, Any] = {}
    for name, content in sections.items():
        for spec in section_scores(name).values():
            entries |= spec.trial_entries(content) if spec.trial else {}
    return entries


def clip_intervals(entries: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return low and high of scores with a bootstrap over clips, not of extremes over splits."""
    specs = trial_scores()
    return {
        name: [entry["low"], entry["high"]]
        for name, entry in entries.items()
        if specs[name].interval == "clips" and entry.get("low") is not None
    }


def relative_scores(
    alignment: Mapping[str, Any], fidelity: Mapping[str, Any]
) -> dict[str, float | None]:
    """Divide controls by the ceiling and the covariance error by its floor; None if unknown."""
    ceiling, covariance = alignment["ceiling_r"]["value"], fidelity["covariance_error"]
    floor = covariance["floor"]
    return {
        "shuffled_of_ceiling": _share(alignment["shuffled_video_r"]["value"], ceiling),
        "blank_of_ceiling": _share(alignment["blank_video_r"]["value"], ceiling),
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
    """Compute the diffusion loss of the training on held-out windows.

    A sensitive comparison of generators with the same target and coordinates; another evoked head
    changes the coordinates. None if the generator has no such loss.

    Args:
        loaded: The generator.
        windows: n rows of the `windows` table.
        real: Their normalised EEG, (n, C, T).
        inputs: Files of their conditions.
        batch_size: Windows per batch.
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
