"""What a sample costs on the machine that scored it."""

import platform
import time
from typing import Any

import torch

from videeg_pipe.config.sample import Sample
from videeg_pipe.models import Condition
from videeg_pipe.models.registry import LoadedGenerator, make_generator
from videeg_pipe.validate.metrics.draws import Draws

FEW = 2
"""Samples, and steps of each, that the native cost is measured on."""

DEFINITIONS = {
    "seconds_per_sample": "Wall time of sampling divided by the samples drawn, in batches.",
    "nfe": "Evaluations of the denoising network a sample: inference steps, twice that where "
    "guidance also needs the prediction without condition.",
    "parameters": "Trained numbers of the generator.",
    "peak_memory_mb": "Peak memory, MiB: allocated on the GPU, or resident in the whole process "
    "with libraries and data on a CPU.",
}


def score(draws: Draws, settings: Sample, *, parameters: int, nfe: int) -> dict[str, Any]:
    """Describe the cost of the draws that the conditional means were made of."""
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
        "definitions": DEFINITIONS,
    }


def native(loaded: LoadedGenerator, condition: Condition, settings: Sample) -> dict[str, float]:
    """Cost of the same generator at its paper's width and with its paper's sampler.

    A few evaluations of an untrained network of that width are timed; its paper's sampler takes
    `native_nfe` of them, all of the same cost. Empty where width and sampler are not capped.

    Args:
        loaded: The generator, perhaps narrower.
        condition: `FEW` conditions.
        settings: How it is sampled, perhaps with fewer evaluations.
    """
    config = loaded.model["config"]
    if "baselines" not in config:
        return {}
    full = config | {"baselines": {"width": 1.0}}
    graphs = torch.zeros(0, len(loaded.generator.layout.channels), 1)
    generator = make_generator(loaded.model["name"], loaded.generator.layout, graphs, full)
    generator = generator.eval().to(loaded.device)
    whole = settings.model_copy(update={"baseline_nfe": None, "guidance": 1.0})
    few = whole.model_copy(update={"baseline_nfe": 2 * FEW})
    seeds = list(range(len(condition)))
    generator.sample(condition.to(loaded.device), seeds, few)  # warm
    start = time.perf_counter()
    generator.sample(condition.to(loaded.device), seeds, few)
    seconds = (time.perf_counter() - start) / generator.n_evaluations(few)
    return {
        "native_seconds_per_sample": seconds * generator.n_evaluations(whole) / len(seeds),
        "native_nfe": float(generator.n_evaluations(whole)),
        "native_parameters": float(generator.n_parameters),
    }
