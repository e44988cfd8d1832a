"""What a sample costs on the machine that scored it."""

import platform
import time
from typing import Any

import torch

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.train import BaselinesOptions
from videeg_pipe.models.checkpoint import LoadedGenerator, make_generator
from videeg_pipe.scoring.draws import Draws

FEW = 2
"""Samples that the native cost is measured on."""
_SHORT, _LONG = 4, 12  # evaluations of the network, between which the cost of one is measured

DEFINITIONS = {
    "seconds_per_sample": "Wall time of sampling divided by the samples drawn, in batches.",
    "nfe": "Evaluations of the denoising network a sample: inference steps, twice that where "
    "guidance also needs the prediction without condition.",
    "parameters": "Trained numbers of the generator.",
    "peak_memory_mb": "Peak memory, MiB: allocated on the GPU, or resident in the whole process "
    "with libraries and data on a CPU.",
}


def score(draws: Draws, settings: SampleOptions, *, parameters: int, nfe: int) -> dict[str, Any]:
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


def native(
    loaded: LoadedGenerator, condition: Condition, settings: SampleOptions
) -> dict[str, float]:
    """Cost of the same generator at its paper's size and with its paper's sampler.

    Two short runs of an untrained network of that size are timed: their difference is the cost of
    an evaluation, of which the paper's sampler takes `native_nfe`; the rest is paid once. Few
    samples at a time are dearer each than a full batch. Empty for generators that no paper's size
    and sampler is known of.

    Args:
        loaded: The generator, perhaps smaller.
        condition: `FEW` conditions.
        settings: How it is sampled, perhaps with fewer evaluations.
    """
    config = loaded.model["config"]
    if "baselines" not in config:
        return {}
    full = config | {"baselines": BaselinesOptions().model_dump(mode="json")}
    graphs = torch.zeros(0, len(loaded.generator.layout.channels), 1)
    generator = make_generator(loaded.model["name"], loaded.generator.layout, graphs, full)
    generator, condition = generator.eval().to(loaded.device), condition.to(loaded.device)
    whole = settings.model_copy(update={"baseline_nfe": None, "guidance": 1.0})

    def timed(evaluations: int) -> tuple[int, float]:
        capped = whole.model_copy(update={"baseline_nfe": evaluations})
        start = time.perf_counter()
        generator.sample(condition, range(len(condition)), capped).cpu()
        return generator.n_evaluations(capped), time.perf_counter() - start

    timed(_SHORT)  # warm
    (n_short, short), (n_long, long) = timed(_SHORT), timed(_LONG)
    one = max(long - short, 0.0) / (n_long - n_short)
    n = generator.n_evaluations(whole)
    return {
        "native_seconds_per_sample": (short + one * (n - n_short)) / len(condition),
        "native_nfe": float(n),
        "native_parameters": float(generator.n_parameters),
    }
