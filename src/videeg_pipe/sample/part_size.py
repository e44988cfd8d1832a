"""Size and number of parts; the Snakefile reads it too, so this module is light."""

import math

from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.runtime.errors import UserError

MAX_PARTS = 10_000
"""Planning so many jobs takes a minute and 1 GB."""

_LEAST, _GROWTH = 512, 4  # a million samples are 249 parts of 4032

_GPU_BATCHES = 1800
"""Batches per part on a GPU, where one takes 0.1 s or more: 3 minutes for a start of 20 s."""


def samples_per_part(config: SampleOptions, n_samples: int, *, on_gpu: bool) -> int:
    """Return the samples per job: whole batches, so that parts never change a sample's batch.

    Args:
        config: Without `part_size`, the size and the number of parts both grow with the square
            root of the release, so that the overhead per job stays small. On a GPU, a part has
            `_GPU_BATCHES` whatever the release.
        n_samples: Samples of the release.
        on_gpu: Whether GPUs sample.
    """
    if config.part_size is not None:
        size = config.part_size
    elif on_gpu:
        size = _GPU_BATCHES * config.batch_size
    else:
        size = max(_LEAST, math.ceil(_GROWTH * math.sqrt(n_samples)))
    return -(-size // config.batch_size) * config.batch_size


def number_of_parts(n_samples: int, size: int) -> int:
    """Return the number of parts of a release.

    Args:
        n_samples: Samples of the release.
        size: Samples per part.

    Raises:
        UserError: if there are more than `MAX_PARTS`.
    """
    n_parts = -(-n_samples // size)
    if n_parts > MAX_PARTS:
        raise UserError(
            f"release.n_samples {n_samples}",
            expected=f"at most {MAX_PARTS} parts",
            found=f"{n_parts} of {size} samples",
            next_step=f"set sample.part_size to {-(-n_samples // MAX_PARTS)} or more, or release "
            "fewer samples",
        )
    return n_parts
