"""Scores for people who were left out of a generator's training.

A generator that was trained without a person is adapted with more and more of the person's
training windows. It is scored on the person's test windows, beside a generator that was trained
with the person, and beside two baselines that are not adapted: the population's windows, and those
of the nearest person of the training. Nothing else of the person is used: the scale, too, is that
of other people or of these windows. These windows are also scored as if they were samples: how well
do so few windows of a person agree with the person's test windows?
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
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
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.models.checkpoint import LoadedGenerator, load_checkpoint
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_json
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.choice import choose_windows
from videeg_pipe.scoring.draws import Draws, draw_windows
from videeg_pipe.scoring.features import differential_entropy
from videeg_pipe.scoring.fidelity.statistics import fidelity_features
from videeg_pipe.scoring.scoring_data import SPLIT, phases_known
from videeg_pipe.scoring.stats import pearson

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScoredGenerator:
    """A generator of windows for a person, with the scales that its windows are scored with."""

    name: str  # trained, adapted, population or nearest
    loaded: LoadedGenerator
    subject: str  # whose condition it gets
    scales: Mapping[int, NDArray[np.floating]]  # windows of the person that it uses -> (C,) uV


def score_person(subject: str, *, inputs: Inputs, config: Mapping[str, Any], scores: Path) -> None:
    """Score generators on the test windows of one person.

    The file has one row per generator and number of windows: `generator`, its name; `known`,
    whether the person was in its training; `n_windows`, the number of the person's windows that it
    was trained, adapted or scaled with; `checkpoint`, its hash before adaptation; and the scores.
    Rows of the generator `recording` are the person's windows themselves, without a checkpoint and
    scores of alignment. The file is empty for a person without test windows.

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
        load_checkpoint(inputs.path(name).parent) for name in ("checkpoint", "checkpoint_without")
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
        own = _own(subject, trained_without, training, config)
        new = _new(subject, trained_without, own, inputs, config)
        for generator in chain(known, new):
            windows = test.assign(subject=generator.subject)
            draws = draw_windows(
                generator.loaded, windows, inputs, settings, evaluation.mean_draws, seed
            )
            name, checkpoint = generator.name, generator.loaded.model["checkpoint_sha256"]
            for n, scale in generator.scales.items():
                row = {"generator": name, "known": name == "trained", "n_windows": n}
                row |= score_draws(draws, scale, test, inputs)
                rows.append(row | {"checkpoint": checkpoint})
        store = inputs.eeg()
        for n, windows in own.items():
            if n:
                row = {"generator": "recording", "known": False, "n_windows": n}
                pair = (store.windows(windows), store.windows(test))
                rows.append(row | _fidelity(*pair, store.sfreq))
    write_json(scores, rows)


def score_draws(
    draws: Draws, own_scale: NDArray[np.floating], windows: pd.DataFrame, inputs: Inputs
) -> dict[str, float | None]:
    """Score draws for one person's windows, n rows of the `cut` table.

    r is taken between windows divided by the run's scale, whatever scale the generator was given;
    all other scores between windows in microvolts.

    Args:
        draws: Few draws per window.
        own_scale: (C,) uV, estimate of the person's scale.
        windows: The person's windows.
        inputs: Recordings and normalisation.

    Returns:
        The scores of people.csv.
    """
    store, scale = inputs.eeg(), inputs.normalisation().scale(windows["subject"])  # (n, C, 1)
    real = store.windows(windows)
    mean, drawn = (part * own_scale[:, None] for part in (draws.mean, draws.samples))
    r = float(pearson(mean / scale, real / scale).mean()) if phases_known(windows) else None
    share = None
    if r is not None and store.has_truth(windows):
        truth = store.windows(windows, truth=True)
        share = r / float(pearson(truth / scale, real / scale).mean())
    alignment = {"conditional_mean_r": r, "of_ceiling": share}
    numbers = {name: value for name, value in alignment.items() if name in people_scores()}
    return numbers | _fidelity(drawn, real, store.sfreq)


def _fidelity(
    drawn: NDArray[np.floating], real: NDArray[np.floating], sfreq: float
) -> dict[str, float]:
    """Scores of fidelity of windows, (n, C, T) uV, against others of the person, (m, C, T) uV."""
    features = [fidelity_features(x.astype(np.float32), sfreq) for x in (drawn, real)]
    numbers: dict[str, float] = {}
    for spec in section_scores("fidelity").values():
        if spec.people:
            values = np.atleast_1d(spec.load()(*features))
            numbers |= dict(zip(spec.trials, map(float, values), strict=True))
    return numbers


def _of(subject: str, windows: pd.DataFrame) -> pd.DataFrame:
    return windows[windows["subject"] == subject].reset_index(drop=True)


def _known(
    subject: str, loaded: LoadedGenerator, training: pd.DataFrame, inputs: Inputs
) -> Iterator[ScoredGenerator]:
    """The run's generator, if the person was in its training."""
    if subject in loaded.layout.subjects:
        scale = inputs.normalisation().scales[subject]
        yield ScoredGenerator("trained", loaded, subject, {len(training): scale})


def _own(
    subject: str, loaded: LoadedGenerator, training: pd.DataFrame, config: Mapping[str, Any]
) -> dict[int, pd.DataFrame]:
    """Random training windows of the person by their number, which may be 0; each in the next."""
    order = np.random.default_rng(_seed(subject, config)).permutation(len(training))
    numbers = _numbers_of_windows(loaded, section(NewPeopleOptions, config["new_people"]).n_windows)
    return {n: training.iloc[order[:n]] for n in numbers if n <= len(training)}


def _seed(subject: str, config: Mapping[str, Any]) -> int:
    return derive_seed(config["run"]["seed"], "new people", subject)


def _new(
    subject: str,
    loaded: LoadedGenerator,
    chosen: Mapping[int, pd.DataFrame],
    inputs: Inputs,
    config: Mapping[str, Any],
) -> Iterator[ScoredGenerator]:
    """A generator trained without the person, with the chosen windows, or none, of theirs.

    One draw of the population, or of a nearest person, serves all numbers of windows: only the
    scale differs.
    """
    store, own = inputs.eeg(), {n: windows for n, windows in chosen.items() if n}
    measure = section(NormalisationOptions, config["normalisation"]).scale
    scales = {n: subject_scale(store, windows, measure) for n, windows in own.items()}
    known = inputs.normalisation().scales
    others = np.median([known[name] for name in loaded.layout.subjects], axis=0)
    if unadapted := ({0: others} if 0 in chosen else {}) | scales:
        yield ScoredGenerator("population", loaded, subject, unadapted)
    spectra = _spectra(loaded.layout.subjects, inputs, config) if own else {}
    nearest = {n: _nearest(_log_power(store, own[n], scales[n]), spectra) for n in own}
    for name in dict.fromkeys(nearest.values()):
        near = {n: scale for n, scale in scales.items() if nearest[n] == name}
        yield ScoredGenerator("nearest", loaded, name, near)
    for n, windows in own.items():
        x = torch.from_numpy(store.windows(windows) / scales[n][:, None]).float()
        condition = loaded.conditions(windows, inputs).batch(np.arange(n)).to(loaded.device)
        rng = torch.Generator().manual_seed(_seed(subject, config))
        generator = loaded.generator.adapt(x.to(loaded.device), condition, name=subject, rng=rng)
        adapted = replace(loaded, generator=generator)
        yield ScoredGenerator("adapted", adapted, subject, {n: scales[n]})


def _spectra(
    people: Iterable[str], inputs: Inputs, config: Mapping[str, Any]
) -> dict[str, NDArray[np.floating]]:
    """`_log_power` of people of the training, over some of their training windows."""
    store, training, scales = inputs.eeg(), inputs.windows("train"), inputs.normalisation().scales
    most, seed = config["evaluation"]["max_windows"], config["run"]["seed"]
    spectra = {}
    for name in people:
        windows = _of(name, training)
        chosen = windows.iloc[choose_windows(windows, most, seed)]
        spectra[name] = _log_power(store, chosen, scales[name])
    return spectra


def _nearest(power: NDArray[np.floating], spectra: Mapping[str, NDArray[np.floating]]) -> str:
    """Return whose spectra differ least, by the mean square over electrodes and bands."""
    return min(spectra, key=lambda name: float(np.square(spectra[name] - power).mean()))


def _log_power(
    store: EegStore, windows: pd.DataFrame, scale: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Half the log band power of one person's normalised windows, on average: (C * bands,)."""
    eeg = store.windows(windows) / scale[:, None]
    return differential_entropy(eeg, store.sfreq).mean(0)


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
