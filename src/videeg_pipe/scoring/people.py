"""Scores for people who were left out of a generator's training.

A generator that was trained without a person is adapted with more and more of the person's
training windows. It is scored on the person's test windows, beside a generator that was trained
with the person. Nothing else of the person is used: the scale, too, is that of other people or of
these windows.
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
from videeg_pipe.config.evaluation import EvaluationOptions
from videeg_pipe.config.new_people import NewPeopleOptions
from videeg_pipe.config.normalisation import NormalisationOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.scales import subject_scale
from videeg_pipe.contracts.scores import people_scores, section_scores
from videeg_pipe.models.checkpoint import LoadedGenerator, load_generator
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_json
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.alignment.correlation import choose_windows
from videeg_pipe.scoring.draws import draw_windows
from videeg_pipe.scoring.fidelity.statistics import fidelity_features
from videeg_pipe.scoring.scoring_data import SPLIT, phases_known
from videeg_pipe.scoring.stats import pearson

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AdaptedGenerator:
    """A generator before a person's test windows, adapted or not."""

    loaded: LoadedGenerator
    scale: NDArray[np.floating]  # (C,) uV, estimate of the person's scale
    known: bool  # whether the person was in its training
    n_windows: int  # of the person, in training or adaptation


def score_person(subject: str, *, inputs: Inputs, config: Mapping[str, Any], scores: Path) -> None:
    """Score generators on the test windows of one person.

    The file has one row per generator: `known`, whether the person was in its training;
    `n_windows`, the number of the person's windows that it was trained or adapted with;
    `checkpoint`, its hash before adaptation; and the scores. It is empty for a person without test
    windows.

    Args:
        subject: The person.
        inputs: Cut, normalisation, features and recordings; `checkpoint` of the run's generator
            and `checkpoint_without` of one that was trained without the person.
        config: The rule's part: run.seed, normalisation, sample, evaluation and new_people.
        scores: Output.

    Raises:
        UserError: for a generator with an EEG prior, or one that cannot be adapted while 0 is not
            among `new_people.n_windows`.
    """
    settings, seed = section(SampleOptions, config["sample"]), config["run"]["seed"]
    evaluation = section(EvaluationOptions, config["evaluation"])
    torch.set_num_threads(settings.threads)
    trained_with, trained_without = (
        load_generator(inputs.path(name).parent) for name in ("checkpoint", "checkpoint_without")
    )
    if trained_with.protocol != "generation":
        raise UserError(
            "run.model",
            expected="a generator without an EEG prior, which is scaled by all windows of a person",
            found=f"{trained_with.model['name']} with protocol {trained_with.protocol}",
            next_step="choose another, or set spgn.eeg_prior to off, to score people who are left "
            "out",
        )
    test, training = (_of(subject, inputs.windows(split)) for split in (SPLIT, "train"))
    rows: list[dict[str, Any]] = []
    if test.empty:
        logger.warning("%s has no windows in the %s split", subject, SPLIT)
    else:
        chosen = choose_windows(test, evaluation.max_windows, seed)
        test = test.iloc[chosen].reset_index(drop=True)
        known = _known(subject, trained_with, training, inputs)
        for generator in chain(known, _adapted(subject, trained_without, training, inputs, config)):
            numbers = score_adapted(generator, test, inputs, settings, evaluation.mean_draws, seed)
            row = {"known": generator.known, "n_windows": generator.n_windows} | numbers
            rows.append(row | {"checkpoint": generator.loaded.model["checkpoint_sha256"]})
    write_json(scores, rows)


def score_adapted(
    generator: AdaptedGenerator,
    windows: pd.DataFrame,
    inputs: Inputs,
    settings: SampleOptions,
    mean_draws: int,
    seed: int,
) -> dict[str, float | None]:
    """Score a generator on one person's windows, n rows of the `cut` table; few draws per window.

    r is taken between windows divided by the run's scale, whatever scale the generator was given;
    all other scores between windows in microvolts.

    Returns:
        The scores of people.csv.
    """
    store, scale = inputs.eeg(), inputs.normalisation().scale(windows["subject"])  # (n, C, 1)
    real = store.windows(windows)
    draws = draw_windows(generator.loaded, windows, inputs, settings, mean_draws, seed)
    mean, drawn = (part * generator.scale[:, None] for part in (draws.mean, draws.samples))
    r = float(pearson(mean / scale, real / scale).mean()) if phases_known(windows) else None
    share = None
    if r is not None and store.has_truth(windows):
        truth = store.windows(windows, truth=True)
        share = r / float(pearson(truth / scale, real / scale).mean())
    features = [fidelity_features(x.astype(np.float32), store.sfreq) for x in (drawn, real)]
    alignment = {"conditional_mean_r": r, "of_ceiling": share}
    numbers = {name: value for name, value in alignment.items() if name in people_scores()}
    for spec in section_scores("fidelity").values():
        if spec.people:
            values = np.atleast_1d(spec.load()(*features))
            numbers |= dict(zip(spec.trials, map(float, values), strict=True))
    return numbers


def _of(subject: str, windows: pd.DataFrame) -> pd.DataFrame:
    return windows[windows["subject"] == subject].reset_index(drop=True)


def _known(
    subject: str, loaded: LoadedGenerator, training: pd.DataFrame, inputs: Inputs
) -> Iterator[AdaptedGenerator]:
    """The run's generator, if the person was in its training."""
    if subject in loaded.layout.subjects:
        scale = inputs.normalisation().scales[subject]
        yield AdaptedGenerator(loaded, scale, True, len(training))


def _adapted(
    subject: str,
    loaded: LoadedGenerator,
    training: pd.DataFrame,
    inputs: Inputs,
    config: Mapping[str, Any],
) -> Iterator[AdaptedGenerator]:
    """A generator trained without the person, adapted with more and more training windows."""
    store, seed = inputs.eeg(), derive_seed(config["run"]["seed"], "new people", subject)
    order = np.random.default_rng(seed).permutation(len(training))
    for n in _numbers_of_windows(loaded, section(NewPeopleOptions, config["new_people"]).n_windows):
        if n == 0:
            scales = inputs.normalisation().scales
            others = [scales[name] for name in loaded.layout.subjects]
            yield AdaptedGenerator(loaded, np.median(others, axis=0), False, 0)
        elif n <= len(training):
            windows = training.iloc[order[:n]]
            scale = subject_scale(
                store, windows, section(NormalisationOptions, config["normalisation"]).scale
            )
            x = torch.from_numpy(store.windows(windows) / scale[:, None]).float()
            condition = loaded.conditions(windows, inputs).batch(np.arange(n)).to(loaded.device)
            rng = torch.Generator().manual_seed(seed)
            generator = loaded.generator.adapt(
                x.to(loaded.device), condition, name=subject, rng=rng
            )
            yield AdaptedGenerator(replace(loaded, generator=generator), scale, False, n)


def _numbers_of_windows(loaded: LoadedGenerator, configured: list[int]) -> list[int]:
    """Numbers of windows to adapt with; only 0 if the generator cannot adapt."""
    numbers = sorted(set(configured))
    if loaded.generator.can_adapt:
        return numbers
    if 0 not in numbers:
        raise UserError(
            "run.model",
            expected="a generator that can adapt to a new person, such as spgn",
            found=loaded.model["name"],
            next_step="choose such a generator, or add 0 to new_people.n_windows",
        )
    logger.info("%s cannot adapt: only scored without adaptation", loaded.model["name"])
    return [0]
