"""Draws from the trained generator: the conditional mean, and what a draw costs."""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from videeg_pipe.contracts.progress import progress
from videeg_pipe.models import Condition

Sampler = Callable[[Condition, Sequence[int]], Tensor]
"""What validation asks of a generator: normalised windows (B, C, T), one a condition and seed."""


class ConditionSource(Protocol):
    """What validation asks of the conditions of many windows."""

    def batch(self, rows: NDArray[np.intp]) -> Condition:
        """Conditions of some windows."""
        ...


@dataclass(frozen=True)
class Draws:
    """Means over several samples a window, normalised."""

    mean: NDArray[np.float32]  # (n, C, T) estimate of the conditional mean
    blank: NDArray[np.float32]  # (n, C, T) the same with video features of zero
    n_drawn: int  # samples in all
    seconds: float  # wall time of drawing them
    peak_memory_mb: float  # of this process, until the last was drawn


def draw(
    sample: Sampler,
    conditions: ConditionSource,
    seeds: Sequence[Sequence[int]],
    batch_size: int,
) -> Draws:
    """Estimate the conditional mean of each window, with the video and without.

    Args:
        sample: Draws from the trained generator.
        conditions: Conditions of n windows.
        seeds: n lists of K seeds; the draws without video take the same ones.
        batch_size: Samples drawn at a time.
    """
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    mean = _means(sample, conditions, seeds, batch_size, blank=False)
    blank = _means(sample, conditions, seeds, batch_size, blank=True)
    return Draws(
        mean=mean,
        blank=blank,
        n_drawn=2 * sum(map(len, seeds)),
        seconds=time.perf_counter() - start,
        peak_memory_mb=_peak_memory_mb(),
    )


def without_video(condition: Condition) -> Condition:
    """Set what comes from the video to zero; person and sentence stay."""
    return replace(
        condition,
        clip=torch.zeros_like(condition.clip),
        track=torch.zeros_like(condition.track),
    )


def _means(
    sample: Sampler,
    conditions: ConditionSource,
    seeds: Sequence[Sequence[int]],
    batch_size: int,
    *,
    blank: bool,
) -> NDArray[np.float32]:
    rows = np.repeat(np.arange(len(seeds)), [len(own) for own in seeds])
    flat = [seed for own in seeds for seed in own]
    total: Tensor | None = None
    starts = range(0, len(rows), batch_size)
    for start in progress(starts, "draws without video" if blank else "draws"):
        batch = rows[start : start + batch_size]
        condition = conditions.batch(batch)
        condition = without_video(condition) if blank else condition
        drawn = sample(condition, flat[start : start + len(batch)]).float().cpu()
        if total is None:
            total = torch.zeros(len(seeds), *drawn.shape[1:])
        total.index_add_(0, torch.from_numpy(batch), drawn)
    assert total is not None  # there is at least one window
    counts = torch.tensor([len(own) for own in seeds])[:, None, None]
    return (total / counts).numpy()


def _peak_memory_mb() -> float:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    unit = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes, Linux KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
