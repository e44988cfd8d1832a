"""How well a generator serves somebody it was not trained on, with none or a few of their windows.

A generator that was trained without a person is taught with more and more of their training
windows, and scored on their test windows beside one that was trained with them. Nothing of theirs
reaches it but what it is taught: their scale, too, is the other people's or that of these windows.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.preprocess import NormalisationOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.validate import EvaluationOptions, NewPeopleOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.scales import subject_scale
from videeg_pipe.models.checkpoint import LoadedGenerator, load_generator
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_json
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.alignment import correlation as alignment
from videeg_pipe.scoring.draws import draw_windows
from videeg_pipe.scoring.fidelity import statistics as fidelity
from videeg_pipe.scoring.scoring_data import SPLIT
from videeg_pipe.scoring.stats import pearson

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taught:
    """A generator as it stands before somebody's test windows."""

    loaded: LoadedGenerator
    scale: NDArray[np.floating]  # (C,) uV, of the person, as far as it is known
    known: bool  # whether it was trained with them
    n_windows: int  # of theirs that it has learned from


def score_person(subject: str, *, inputs: Inputs, config: Mapping[str, Any], scores: Path) -> None:
    """Score generators on the test windows of one person.

    The file has a row a generator: `known`, whether it was trained with the person; `n_windows`,
    how many of their windows it has learned from; `checkpoint`, its hash before it was taught;
    and scores. It is empty for somebody without test windows.

    Args:
        subject: Whom.
        inputs: Cut, normalisation, features and recordings; `checkpoint` of the run's generator
            and `checkpoint_without` of one that was trained without the person.
        config: The rule's part: run.seed, normalisation, sample, evaluation and new_people.
        scores: Where the rows go.

    Raises:
        UserError: for a generator that is given the EEG before a window, or one that cannot be
            taught where somebody unknown is not asked for.
    """
    settings, seed = section(SampleOptions, config["sample"]), config["run"]["seed"]
    evaluation = section(EvaluationOptions, config["evaluation"])
    torch.set_num_threads(settings.threads)
    together, alone = (
        load_generator(inputs.path(name).parent) for name in ("checkpoint", "checkpoint_without")
    )
    if together.protocol != "generation":
        raise UserError(
            "spgn.eeg_prior",
            expected="off: what comes before a window is scaled by all that is known of a person",
            found=together.model["config"]["spgn"]["eeg_prior"],
            next_step="train without it to score people who are left out",
        )
    test, training = (_of(subject, inputs.windows(split)) for split in (SPLIT, "train"))
    rows: list[dict[str, Any]] = []
    if test.empty:
        logger.warning("%s has no windows in the %s split", subject, SPLIT)
    else:
        chosen = alignment.choose_windows(test, evaluation.max_windows, seed)
        test = test.iloc[chosen].reset_index(drop=True)
        known = _trained(subject, together, training, inputs)
        for taught in chain(known, _taught(subject, alone, training, inputs, config)):
            found = score(taught, test, inputs, settings, evaluation.mean_draws, seed)
            row = {"known": taught.known, "n_windows": taught.n_windows} | found
            rows.append(row | {"checkpoint": taught.loaded.model["checkpoint_sha256"]})
    write_json(scores, rows)


def score(
    taught: Taught,
    windows: pd.DataFrame,
    inputs: Inputs,
    settings: SampleOptions,
    mean_draws: int,
    seed: int,
) -> dict[str, float | None]:
    """Scores on one person's windows, n rows of the `cut` table; a few draws a window.

    r is taken between windows divided by the run's scale, whatever the generator was told; all
    else in microvolts.
    """
    store, scale = inputs.eeg(), inputs.normalisation().scale(windows["subject"])  # (n, C, 1)
    real = store.windows(windows)
    draws = draw_windows(taught.loaded, windows, inputs, settings, mean_draws, seed)
    mean, drawn = (part * taught.scale[:, None] for part in (draws.mean, draws.samples))
    r, share = float(pearson(mean / scale, real / scale).mean()), None
    if store.has_truth(windows):
        truth = store.windows(windows, truth=True)
        share = r / float(pearson(truth / scale, real / scale).mean())
    generated, like = (fidelity.describe(x.astype(np.float32), store.sfreq) for x in (drawn, real))
    power = fidelity.band_power_ratio(generated, like)
    return {
        "conditional_mean_r": r,
        "of_ceiling": share,
        "covariance_error": fidelity.covariance_error(generated, like),
        **{f"power_{band}": float(x) for band, x in zip(BANDS, power, strict=True)},
    }


def _of(subject: str, windows: pd.DataFrame) -> pd.DataFrame:
    return windows[windows["subject"] == subject].reset_index(drop=True)


def _trained(
    subject: str, loaded: LoadedGenerator, training: pd.DataFrame, inputs: Inputs
) -> Iterator[Taught]:
    """The run's generator, if it knows the person."""
    if subject in loaded.layout.subjects:
        yield Taught(loaded, inputs.normalisation().scales[subject], True, len(training))


def _taught(
    subject: str,
    loaded: LoadedGenerator,
    training: pd.DataFrame,
    inputs: Inputs,
    config: Mapping[str, Any],
) -> Iterator[Taught]:
    """A generator that does not know the person, with more and more of their training windows."""
    store, seed = inputs.eeg(), derive_seed(config["run"]["seed"], "new people", subject)
    order = np.random.default_rng(seed).permutation(len(training))
    for n in _numbers(loaded, section(NewPeopleOptions, config["new_people"]).n_windows):
        if n == 0:
            scales = inputs.normalisation().scales
            others = [scales[name] for name in loaded.layout.subjects]
            yield Taught(loaded, np.median(others, axis=0), False, 0)
        elif n <= len(training):
            windows = training.iloc[order[:n]]
            scale = subject_scale(
                store, windows, section(NormalisationOptions, config["normalisation"]).scale
            )
            x = torch.from_numpy(store.windows(windows) / scale[:, None]).float()
            told = loaded.conditions(windows, inputs).batch(np.arange(n)).to(loaded.device)
            rng = torch.Generator().manual_seed(seed)
            generator = loaded.generator.adapt(x.to(loaded.device), told, name=subject, rng=rng)
            yield Taught(replace(loaded, generator=generator), scale, False, n)


def _numbers(loaded: LoadedGenerator, asked: list[int]) -> list[int]:
    """Numbers of windows to teach; 0 alone where the generator cannot be taught."""
    numbers = sorted(set(asked))
    if loaded.generator.can_adapt:
        return numbers
    if 0 not in numbers:
        raise UserError(
            "run.model",
            expected="a generator that can adapt to a new person, such as spgn",
            found=loaded.model["name"],
            next_step="choose such a generator, or put 0 into new_people.n_windows",
        )
    logger.info("%s cannot adapt: scored without windows only", loaded.model["name"])
    return [0]
