"""What a sample costs on the machine that scored it."""

import platform
from typing import Any

import torch

from videeg_pipe.config.sample import Sample
from videeg_pipe.validate.metrics.draws import Draws

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
