"""Scores of the release and the generator, each beside its floor and its ceiling.

A section of metrics.json is a module with a `score` function; what the report draws goes into
figures.npz, so that a change of the page does not score again.
"""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.parallel import Parallel, delayed

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.validate import EvaluationOptions
from videeg_pipe.models.checkpoint import LoadedGenerator, load_generator
from videeg_pipe.runtime.files import atomic_path, read_json, write_json
from videeg_pipe.scoring import cost, dataset, examples, paper, reconstruction
from videeg_pipe.scoring.alignment import correlation as alignment
from videeg_pipe.scoring.draws import Draws, draw_windows
from videeg_pipe.scoring.fidelity import c2st
from videeg_pipe.scoring.fidelity import eeg_fid as fid
from videeg_pipe.scoring.fidelity import statistics as fidelity
from videeg_pipe.scoring.privacy import audit as privacy
from videeg_pipe.scoring.scoring_data import SPLIT, Material, read_material
from videeg_pipe.scoring.utility import transfer as utility

__all__ = ["validate"]

logger = logging.getLogger(__name__)


def validate(
    *, h5: Path, inputs: Inputs, config: Mapping[str, Any], metrics: Path, figures: Path
) -> None:
    """Score the release and the generator on the test split.

    Args:
        h5: The released file.
        inputs: Windows, normalisation, features, checkpoint and recordings.
        config: The rule's part of the configuration: run.seed, sample and evaluation.
        metrics: Where metrics.json goes.
        figures: Where the arrays of the report's figures go.

    Raises:
        UserError: if the release holds nothing of the test split, or an input is missing.
    """
    settings, seed = section(SampleOptions, config["sample"]), config["run"]["seed"]
    evaluation = section(EvaluationOptions, config["evaluation"])
    torch.set_num_threads(settings.threads)
    loaded = load_generator(inputs.path("checkpoint").parent)
    material = read_material(h5, inputs)
    rows = alignment.choose_windows(material.windows, evaluation.max_windows, seed)
    chosen = material.windows.iloc[rows].reset_index(drop=True)
    draws = draw_windows(loaded, chosen, inputs, settings, evaluation.mean_draws, seed)
    # all that learns here does so on one thread: the decoders, who take longest, beside the rest
    utilities = Parallel(n_jobs=min(settings.threads, 2), return_as="generator", max_nbytes=None)(
        [delayed(utility.score)(h5, inputs, material, evaluation.bootstrap, seed)]
    )
    scores, arrays = score(material, rows, draws, evaluation, seed)
    scores["fidelity"]["eeg_fid"] = fid.score(inputs, material, seed)
    scores["fidelity"]["definitions"] |= fid.DEFINITIONS
    logger.info("fidelity and alignment are scored")
    scores["privacy"] = privacy.score(h5, inputs, loaded, evaluation.bootstrap, seed)
    logger.info("privacy is scored")
    scores["utility"] = next(utilities)
    logger.info("utility is scored")
    scores["reconstruction"] = reconstruction.score(
        loaded, material, inputs, settings, evaluation, seed
    )
    scores["cost"] = cost.score(
        draws,
        settings,
        parameters=loaded.model["parameters"],
        nfe=loaded.generator.nfe(settings),
    )
    scores["dataset"] = dataset.score(h5, inputs.windows(table="windows"), material.real)
    scores |= describe(loaded, h5, inputs, material)
    with atomic_path(figures) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    write_json(metrics, json.loads(json.dumps(scores, sort_keys=True)))


def score(
    material: Material, rows: NDArray[np.intp], draws: Draws, config: EvaluationOptions, seed: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Score windows against windows.

    Returns:
        The sections fidelity, alignment and paper, and the arrays of the figures.
    """
    like, likeness = fidelity.score(material, seed)
    like["c2st"] = c2st.score(
        draws.samples,
        material.normalised,
        material.windows,
        rows,
        sfreq=material.sfreq,
        bootstrap=config.bootstrap,
        seed=seed,
    )
    like["definitions"] = like["definitions"] | c2st.DEFINITIONS
    aligned, lags = alignment.score(material, rows, draws, config, seed)
    sections = {"fidelity": like, "alignment": aligned, "paper": paper.score(material, seed)}
    arrays = {
        "channels": np.array(material.channels),
        "positions": material.positions,
        "sfreq": np.array(material.sfreq),
        **likeness,
        **lags,
        **examples.evoked(material),
        **examples.traces(material, seed),
    }
    return sections, arrays


def describe(
    loaded: LoadedGenerator, h5: Path, inputs: Inputs, material: Material
) -> dict[str, Any]:
    """Name what was scored: model, protocol, split, source and video features."""
    clip = read_json(inputs.path("clip"))
    with h5py.File(h5) as file:
        source = str(file.attrs["source"])
    return {
        "model": loaded.model["name"],
        "protocol": loaded.protocol,
        "split": SPLIT,
        "n_windows": len(material.windows),
        "n_samples": len(material.generated),
        "source": source,
        "clip": {"model": clip["model"], "trained": clip["trained"]},
        "truth_known": material.truth is not None,
        "n_channels": len(material.channels),
        "window_s": material.real.shape[-1] / material.sfreq,
        "sfreq": material.sfreq,
    }
