"""Stage `scoring`: scores of the release and the generator, with floors and ceilings.

Each section of metrics.json comes from one function `score_<section>`. The arrays of the report's
figures go into figures.npz, so that a change of the report does not repeat the scoring.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.parallel import Parallel, delayed

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.evaluation import EvaluationOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.scores import definitions, to_json
from videeg_pipe.models.checkpoint import LoadedGenerator, load_checkpoint
from videeg_pipe.runtime.files import atomic_path, read_record, write_json
from videeg_pipe.scoring import examples
from videeg_pipe.scoring.alignment.correlation import score_alignment
from videeg_pipe.scoring.choice import choose_windows
from videeg_pipe.scoring.cost import score_cost
from videeg_pipe.scoring.dataset import score_dataset
from videeg_pipe.scoring.draws import Draws, draw_windows
from videeg_pipe.scoring.fidelity.c2st import score_c2st
from videeg_pipe.scoring.fidelity.eeg_fid import score_eeg_fid
from videeg_pipe.scoring.fidelity.statistics import score_fidelity
from videeg_pipe.scoring.paper import score_paper
from videeg_pipe.scoring.privacy.audit import score_privacy
from videeg_pipe.scoring.reconstruction import score_reconstruction
from videeg_pipe.scoring.scoring_data import SPLIT, ScoringData, read_scoring_data
from videeg_pipe.scoring.utility.transfer import score_utility

logger = logging.getLogger(__name__)


def score_release(
    *, h5: Path, inputs: Inputs, config: Mapping[str, Any], metrics: Path, figures: Path
) -> None:
    """Score the release and the generator on the test split.

    Args:
        h5: The released file.
        inputs: Windows, normalisation, features, checkpoint and recordings.
        config: The rule's part of the configuration: run.seed, preprocess.h_freq, sample and
            evaluation.
        metrics: Output, metrics.json.
        figures: Output, the arrays of the report's figures.

    Raises:
        UserError: if the release holds nothing of the test split, or an input is missing.
    """
    settings, seed = section(SampleOptions, config["sample"]), config["run"]["seed"]
    evaluation = section(EvaluationOptions, config["evaluation"])
    torch.set_num_threads(settings.threads)
    loaded = load_checkpoint(inputs.path("checkpoint").parent)
    data = replace(read_scoring_data(h5, inputs), highest_hz=config["preprocess"]["h_freq"])
    rows = choose_windows(data.windows, evaluation.max_windows, seed)
    chosen = data.windows.iloc[rows].reset_index(drop=True)
    draws = draw_windows(loaded, chosen, inputs, settings, evaluation.mean_draws, seed)
    # all training below uses one thread: the decoders, which take longest, run in parallel
    utilities = Parallel(n_jobs=min(settings.threads, 2), return_as="generator", max_nbytes=None)(
        [delayed(score_utility)(h5, inputs, data, evaluation.bootstrap, seed)]
    )
    scores, arrays = score_windows(data, rows, draws, evaluation, seed)
    scores["fidelity"] |= {
        "eeg_fid": score_eeg_fid(inputs, data, seed),
        "definitions": definitions(
            "fidelity", without=() if evaluation.strong_classifiers else ("c2st_eight",)
        ),
    }
    logger.info("fidelity and alignment are scored")
    scores["privacy"] = score_privacy(h5, inputs, loaded, evaluation.bootstrap, seed)
    logger.info("privacy is scored")
    scores["utility"] = next(utilities)
    logger.info("utility is scored")
    scores["reconstruction"] = score_reconstruction(
        loaded, data, inputs, settings, evaluation, seed
    )
    scores["cost"] = score_cost(
        draws,
        settings,
        parameters=loaded.model["parameters"],
        nfe=loaded.generator.nfe(settings),
    )
    scores["dataset"] = score_dataset(h5, inputs.windows(table="windows"), data.real)
    scores |= describe_run(loaded, h5, inputs, data)
    with atomic_path(figures) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    write_json(metrics, json.loads(json.dumps(to_json(scores), sort_keys=True)))


def score_windows(
    data: ScoringData,
    rows: NDArray[np.intp],
    draws: Draws,
    config: EvaluationOptions,
    seed: int,
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Score windows against windows.

    Returns:
        The sections fidelity, alignment and paper, and the arrays of the figures.
    """
    fidelity, fidelity_arrays = score_fidelity(data, seed)
    fidelity |= score_c2st(
        draws.samples,
        data.normalised,
        data.windows,
        rows,
        sfreq=data.sfreq,
        bootstrap=config.bootstrap,
        seed=seed,
        strong=config.strong_classifiers,
        training=None if data.training is None else data.training / data.scale,
    )
    alignment, lag_arrays = score_alignment(data, rows, draws, config, seed)
    sections = {"fidelity": fidelity, "alignment": alignment, "paper": score_paper(data, seed)}
    arrays = {
        "channels": np.array(data.channels),
        "positions": data.positions,
        "sfreq": np.array(data.sfreq),
        **fidelity_arrays,
        **lag_arrays,
        **examples.evoked_responses(data, rows, draws.samples),
        **examples.example_windows(data, seed),
    }
    return sections, arrays


def describe_run(
    loaded: LoadedGenerator, h5: Path, inputs: Inputs, data: ScoringData
) -> dict[str, Any]:
    """Describe what was scored: model, protocol, split, source and video features."""
    clip = read_record(inputs.path("clip"))
    with h5py.File(h5) as file:
        source = str(file.attrs["source"])
    return {
        "model": loaded.model["name"],
        "protocol": loaded.protocol,
        "split": SPLIT,
        "n_windows": len(data.windows),
        "n_samples": len(data.generated),
        "source": source,
        "clip": {"model": clip["model"], "trained": clip["trained"]},
        "truth_known": data.truth is not None,
        "n_channels": len(data.channels),
        "window_s": data.real.shape[-1] / data.sfreq,
        "sfreq": data.sfreq,
    }
