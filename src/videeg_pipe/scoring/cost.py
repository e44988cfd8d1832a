"""Cost of a sample on the machine that scored it."""

import platform
import time
from typing import Any

import torch

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.scores import definitions
from videeg_pipe.models.checkpoint import LoadedGenerator, make_generator
from videeg_pipe.scoring.draws import Draws

FEW = 2
"""Samples that the native cost is measured on."""
_SHORT, _LONG = 4, 12  # network evaluations of the two runs that give the cost of one


def score_cost(
    draws: Draws, settings: SampleOptions, *, parameters: int, nfe: int
) -> dict[str, Any]:
    """Score the cost of the draws behind the conditional means."""
    gpu = torch.cuda.is_available()
    return {
        "seconds_per_sample": draws.seconds / draws.n_drawn,
        "nfe": nfe,
        "parameters": parameters,
        "peak_memory_mb": draws.peak_memory_mb,
        "device": torch.cuda.get_device_name() if gpu else f"CPU ({platform.machine()})",
        "threads": settings.threads,
        "batch_size": settings.batch_size,
        "n_drawn": draws.n_drawn,
        "definitions": definitions("cost"),
    }


def native_cost(
    loaded: LoadedGenerator, condition: Condition, settings: SampleOptions
) -> dict[str, float]:
    """Measure the cost of the same generator at its paper's size and with its paper's sampler.

    Two short runs of an untrained network of that size are timed. Their difference gives the cost
    of one evaluation, of which the paper's sampler needs `native_nfe`; the remainder is paid once.
    The cost per sample is higher for so few samples than for a full batch. Empty for generators
    without a paper's size and sampler.

    Args:
        loaded: The generator, possibly of a reduced size.
        condition: `FEW` conditions.
        settings: Sampling options, possibly with fewer evaluations.
    """
    config = loaded.model["config"]
    if "baselines" not in config:
        return {}
    full = config | {"baselines": BaselinesOptions().model_dump(mode="json")}
    graphs = torch.zeros(0, len(loaded.generator.layout.channels), 1)
    generator = make_generator(loaded.model["name"], loaded.generator.layout, graphs, full)
    generator, condition = generator.eval().to(loaded.device), condition.to(loaded.device)
    whole = settings.model_copy(update={"baseline_nfe": None, "guidance": 1.0})

    def timed_run(evaluations: int) -> tuple[int, float]:
        capped = whole.model_copy(update={"baseline_nfe": evaluations})
        start = time.perf_counter()
        generator.sample(condition, range(len(condition)), capped).cpu()
        return generator.n_evaluations(capped), time.perf_counter() - start

    timed_run(_SHORT)  # warm-up
    (n_short, short), (n_long, long) = timed_run(_SHORT), timed_run(_LONG)
    per_evaluation = max(long - short, 0.0) / (n_long - n_short)
    n = generator.n_evaluations(whole)
    return {
        "native_seconds_per_sample": (short + per_evaluation * (n - n_short)) / len(condition),
        "native_nfe": float(n),
        "native_parameters": float(generator.n_parameters),
    }
