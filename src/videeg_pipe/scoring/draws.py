"""Draws from a trained generator: conditional means, and the cost of a draw."""

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import LoadedGenerator
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed


class Sampler(Protocol):
    """The part of a generator that scoring uses."""

    def __call__(
        self, condition: Condition, seeds: Sequence[int], *, mirrored: bool = False
    ) -> Tensor:
        """Draw normalised windows (B, C, T), one per condition and seed.

        With `mirrored`, the noise of the same seeds has the opposite sign. Both draws follow the
        generator's distribution, and most of the noise cancels in their mean.
        """
        ...


class ConditionSource(Protocol):
    """The part of `Conditions` that scoring uses."""

    def batch(self, rows: NDArray[np.intp]) -> Condition:
        """Return the conditions of the windows `rows`."""
        ...


@dataclass(frozen=True)
class Draws:
    """Means over several draws per window, normalised."""

    mean: NDArray[np.float32]  # (n, C, T) estimate of the conditional mean
    blank: NDArray[np.float32]  # (n, C, T) the same with video features of zero
    samples: NDArray[np.float32]  # (n, C, T) one draw per window
    n_drawn: int  # total number of draws
    seconds: float  # wall time of all draws
    peak_memory_mb: float  # MiB, of this process up to the last draw


def draw_windows(
    loaded: LoadedGenerator,
    windows: pd.DataFrame,
    inputs: Inputs,
    settings: SampleOptions,
    mean_draws: int,
    seed: int,
) -> Draws:
    """Draw from a generator for n windows.

    Args:
        loaded: The generator.
        windows: n rows of the `windows` table.
        inputs: Features, and recordings for a generator with an EEG prior.
        settings: Sampling options.
        mean_draws: Draws per window, even.
        seed: Seed of the run.
    """
    seeds = [
        [derive_seed(seed, "evaluation", name, str(i)) for i in range(mean_draws // 2)]
        for name in windows["window_id"]
    ]

    def sample(condition: Condition, seeds: Sequence[int], *, mirrored: bool = False) -> Tensor:
        condition = condition.to(loaded.device)
        return loaded.generator.sample(condition, seeds, settings, mirrored=mirrored)

    return estimate_means(sample, loaded.conditions(windows, inputs), seeds, settings.batch_size)


def estimate_means(
    sample: Sampler,
    conditions: ConditionSource,
    seeds: Sequence[Sequence[int]],
    batch_size: int,
) -> Draws:
    """Estimate the conditional mean of each window, with and without video.

    Args:
        sample: Draws from the trained generator.
        conditions: Conditions of n windows.
        seeds: n lists of K seeds, each for two draws of opposite noise; draws without video use
            the same seeds.
        batch_size: Draws per batch.
    """
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    mean, samples = _means(sample, conditions, seeds, batch_size, blank=False)
    blank, _ = _means(sample, conditions, seeds, batch_size, blank=True)
    return Draws(
        mean=mean,
        blank=blank,
        samples=samples,
        n_drawn=4 * sum(map(len, seeds)),
        seconds=time.perf_counter() - start,
        peak_memory_mb=_peak_memory_mb(),
    )


def sample_windows(
    loaded: LoadedGenerator,
    windows: pd.DataFrame,
    inputs: Inputs,
    settings: SampleOptions,
    seed: int,
) -> NDArray[np.float32]:
    """Draw one normalised window, (C, T), for each of n rows of a windows table, (n, C, T)."""
    conditions = loaded.conditions(windows, inputs)
    seeds = [derive_seed(seed, "sample", name) for name in windows["window_id"]]
    drawn = []
    for start in progress(range(0, len(windows), settings.batch_size), "draws"):
        batch = np.arange(start, min(start + settings.batch_size, len(windows)))
        condition = conditions.batch(batch).to(loaded.device)
        x = loaded.generator.sample(condition, [seeds[i] for i in batch], settings)
        drawn.append(x.float().cpu().numpy())
    return np.concatenate(drawn)


def without_video(condition: Condition) -> Condition:
    """Set the video features of a condition to zero; person and sentence stay."""
    return replace(
        condition,
        clip=torch.zeros_like(condition.clip),
        track=torch.zeros_like(condition.track),
    )


def with_video_of(condition: Condition, other: Condition) -> Condition:
    """Replace the video features of a condition; person, sentence and EEG prior stay."""
    return replace(condition, clip=other.clip, track=other.track)


def _means(
    sample: Sampler,
    conditions: ConditionSource,
    seeds: Sequence[Sequence[int]],
    batch_size: int,
    *,
    blank: bool,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean over the draws of each window, and the first draw."""
    rows = np.repeat(np.arange(len(seeds)), [len(own) for own in seeds])
    first = np.append(True, np.diff(rows) > 0)
    flat = [seed for own in seeds for seed in own]
    total, samples = torch.zeros(0), []
    starts = range(0, len(rows), batch_size)
    for start in progress(starts, "draws without video" if blank else "draws"):
        batch = rows[start : start + batch_size]
        condition = conditions.batch(batch)
        condition = without_video(condition) if blank else condition
        drawn, opposite = (
            sample(condition, flat[start : start + len(batch)], mirrored=mirrored).float().cpu()
            for mirrored in (False, True)
        )
        if not len(total):
            total = torch.zeros(len(seeds), *drawn.shape[1:])
        total.index_add_(0, torch.from_numpy(batch), (drawn + opposite) / 2)
        samples.append(drawn.numpy()[first[start : start + len(batch)]])
    counts = torch.tensor([len(own) for own in seeds])[:, None, None]
    return (total / counts).numpy(), np.concatenate(samples)


def _peak_memory_mb() -> float:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    unit = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes, Linux KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
