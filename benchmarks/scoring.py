"""CPU time of the scores of single windows, by the number of windows.

`python -m benchmarks scoring`
"""

import statistics
import time
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.cost import rounded
from benchmarks.timing import growth
from videeg_pipe.scoring.choice import MOST_WINDOWS
from videeg_pipe.scoring.fidelity.statistics import score_fidelity
from videeg_pipe.scoring.paper import score_paper
from videeg_pipe.scoring.scoring_data import ScoringData

FEW_WINDOWS = 64
"""Number of windows whose time counts as the constant part."""

SIZES = (500, 1_000, 2_000, MOST_WINDOWS)
PEOPLE, PER_CLIP, CHANNELS, TIMES, SFREQ = 4, 10, 62, 200, 200.0


def measure(sizes: tuple[int, ...] = SIZES, repeats: int = 5) -> dict[str, Any]:
    """Score noise: section `fidelity` without trained classifiers, and section `paper`.

    All sizes take turns, because the speed of machines drifts.

    Returns:
        `cpu_seconds` by the number of windows, the median of the repeats, and the `exponent` of
        their growth without the time of the smallest number.
    """
    noise = {n: make_noise(n) for n in (FEW_WINDOWS, *sizes)}
    times = [{n: cpu_seconds(data) for n, data in noise.items()} for _ in range(repeats)]
    measured = {n: statistics.median(turn[n] for turn in times) for n in noise}
    start = measured[FEW_WINDOWS]
    grown = growth([n - FEW_WINDOWS for n in sizes], [measured[n] - start for n in sizes])
    return rounded({"cpu_seconds": {str(n): of for n, of in measured.items()}, "exponent": grown})


def make_noise(n: int) -> ScoringData:
    """Make n real windows of 62 electrodes and 1 s, and a sample for each, of white noise."""
    rng, row = np.random.default_rng(0), np.arange(n)
    clip = row // PER_CLIP
    windows = pd.DataFrame(
        {
            "window_id": [f"w{i}" for i in row],
            "subject": [f"sub{i % PEOPLE + 1}" for i in clip],
            "recording_id": [f"sub{i % PEOPLE + 1}" for i in clip],
            "clip_id": [f"c{i}" for i in clip],
            "video_id": [f"v{i}" for i in clip],
            "start_sample": row % PER_CLIP * TIMES,
        }
    )
    real, generated = rng.standard_normal((2, n, CHANNELS, TIMES), dtype=np.float32)
    return ScoringData(
        windows=windows,
        real=real,
        truth=None,
        scale=np.ones((n, CHANNELS, 1), np.float32),
        generated=generated,
        matched=row,
        sfreq=SFREQ,
        channels=tuple(f"E{i}" for i in range(CHANNELS)),
        positions=np.zeros((CHANNELS, 3)),
    )


def cpu_seconds(data: ScoringData) -> float:
    """Return the CPU time of scoring some windows, in s."""
    start = time.process_time()
    score_fidelity(data, seed=0)
    score_paper(data, seed=0)
    return time.process_time() - start
