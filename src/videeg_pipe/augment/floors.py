"""Floors for generated EEG: training clips made from the share's real EEG without a generator.

A generator whose EEG helps a decoder no more than `gaussian` and `mean-response` adds nothing
beyond mean responses and a spectrum. If it helps no more than `perturbed`, it adds nothing beyond
usual augmentation.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.contracts.generated_clips import GeneratedClips
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.models.decoders.files import training_share
from videeg_pipe.models.floors.phase_randomised import phase_randomised
from videeg_pipe.models.parts.whitening import Whitening
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly

Draws = Iterator[NDArray[np.float32]]  # (n, C, T) each

Floor = Callable[[NDArray[np.float32], pd.DataFrame, int, float, int], Draws]
"""Yields draws of EEG (n, C, T); also takes its clips, the number of draws, rate and seed."""

_NOISE_SD = 0.2  # of added noise, in SDs of each electrode's clip
_SILENT = 0.2  # probability that an electrode is 0 throughout a clip


def draw_floor(
    origin: str,
    share: float,
    people: list[str],
    *,
    inputs: Inputs,
    clips_cut: Path,
    config: Mapping[str, Any],
    manifest: Path,
) -> None:
    """Draw EEG of a floor for the share's clips, each as often as the largest multiple says.

    Args:
        origin: Key of `FLOORS`.
        share: Percent of each person's training clips.
        people: Whose clips are taken.
        inputs: `index`, and `normalisation` of the share.
        clips_cut: The `clips_cut` table.
        config: Slice of the configuration: seed, threads and `augment.multiples`.
        manifest: `clips.json`, written last.
    """
    compute_reproducibly(config["sample"]["threads"])
    clips = training_share(read_table(clips_cut, "clips_cut"), people, share / 100)
    store, scale = inputs.eeg(), inputs.normalisation().scale(clips["subject"])  # (n, C, 1)
    x, n_draws = store.windows(clips) / scale, max(config["augment"]["multiples"])
    draws = FLOORS[origin](
        x, clips, n_draws, store.sfreq, derive_seed(config["run"]["seed"], "augment", origin)
    )
    with GeneratedClips.fill(manifest, (n_draws, *x.shape), clips) as stored:
        for place, eeg in zip(stored, draws, strict=True):
            place[:] = eeg * scale


def gaussian(
    x: NDArray[np.float32], clips: pd.DataFrame, n_draws: int, sfreq: float, seed: int
) -> Draws:
    """Draw a person's mean response to the concept plus Gaussian noise.

    The noise has the cross-spectrum of what the mean responses leave, per person.

    Args:
        x: Normalised EEG of the clips, (n, C, T).
        clips: Their rows of `clips_cut`.
        n_draws: Draws per clip.
        sfreq: Rate, Hz.
        seed: Of the noise.

    Yields:
        Each draw, (n, C, T).
    """
    mean, residual, several = mean_and_residual(x, _concepts(clips))
    mean[~several] = 0  # a single window has no response apart from its rest
    codes, people = pd.factorize(clips["subject"])
    _, C, T = x.shape
    whitening, person = Whitening(len(people), C, T, sfreq), torch.from_numpy(codes)
    whitening.fit(torch.from_numpy(residual), person)
    rng = torch.Generator().manual_seed(seed)
    for _ in range(n_draws):
        noise = whitening.inverse(torch.randn(x.shape, generator=rng), person)
        yield mean + noise.numpy()


def mean_response(
    x: NDArray[np.float32], clips: pd.DataFrame, n_draws: int, sfreq: float, seed: int
) -> Draws:
    """Draw the mean response of all people to the clip, with what it leaves of another clip.

    The rest is that of a random other clip of the same person, with random phases. A clip that
    nobody else saw has the person's mean response to the concept, or none where it is the only clip
    of it. Arguments and draws as in `gaussian`.
    """
    mean, residual, several = mean_and_residual(x, pd.factorize(clips["stimulus_id"])[0])
    of_concept = mean_and_residual(x, _concepts(clips))
    mean[~several], residual[~several] = (part[~several] for part in of_concept[:2])
    mean[~(several | of_concept[2])] = 0
    rng = torch.Generator().manual_seed(seed)
    own = {name: np.flatnonzero(clips["subject"] == name) for name in clips["subject"].unique()}
    for _ in range(n_draws):
        out = mean.copy()
        for row, name in enumerate(clips["subject"]):
            others = own[name][own[name] != row] if len(own[name]) > 1 else own[name]
            other = others[int(torch.randint(len(others), (), generator=rng))]
            noise = phase_randomised(torch.from_numpy(residual[other]), rng)
            out[row] += noise.numpy()
        yield out


def perturbed(
    x: NDArray[np.float32], clips: pd.DataFrame, n_draws: int, sfreq: float, seed: int
) -> Draws:
    """Draw the real clips again, with white noise and some silent electrodes.

    Both are usual augmentations of EEG (Rommel et al. 2022, doi 10.1088/1741-2552/aca220).
    Arguments and draws as in `gaussian`.
    """
    rng = torch.Generator().manual_seed(seed)
    n, C, _ = x.shape
    sd = x.std(-1, keepdims=True)
    for _ in range(n_draws):
        kept = (torch.rand((n, C, 1), generator=rng) >= _SILENT).numpy()
        noise = torch.randn(x.shape, generator=rng).numpy()
        yield kept * (x + _NOISE_SD * sd * noise)


FLOORS: dict[str, Floor] = {
    "gaussian": gaussian,
    "mean-response": mean_response,
    "perturbed": perturbed,
}


def mean_and_residual(
    x: NDArray[np.float32], group: NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Return the mean of each window's group, the rest, and whether the group has several windows.

    The rest is enlarged by sqrt(k / (k - 1)), because a mean of k windows takes part of it away; a
    window without others is all rest.

    Args:
        x: (n, C, T).
        group: (n,) numbers from 0.
    """
    mean, k = np.empty_like(x), np.bincount(group)[group]
    for number in np.unique(group):
        mean[group == number] = x[group == number].mean(0)
    several = k > 1
    enlarged = np.sqrt(k / np.maximum(k - 1, 1)).astype(np.float32)[:, None, None]
    residual = np.where(several[:, None, None], (x - mean) * enlarged, x)
    return mean, residual, several


def _concepts(clips: pd.DataFrame) -> NDArray[np.intp]:
    """Number the pairs of person and concept, (n,)."""
    return clips.groupby(["subject", "concept"]).ngroup().to_numpy().astype(np.intp)
