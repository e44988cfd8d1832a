"""Size and number of parts; the Snakefile reads it too, so this module is light."""

import math

from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.runtime.errors import UserError

MAX_PARTS = 10_000
"""Planning so many jobs takes a minute and 1 GB."""

_LEAST, _GROWTH = 512, 4  # a million samples are 249 parts of 4032


def samples_per_part(config: SampleOptions, n_samples: int) -> int:
    """Return the samples per job: whole batches, so that parts never change a sample's batch.

    Args:
        config: Without `part_size`, the size and the number of parts both grow with the square
            root of the release, so that the overhead per job stays small.
        n_samples: Samples of the release.
    """
    size = config.part_size or max(_LEAST, math.ceil(_GROWTH * math.sqrt(n_samples)))
    return -(-size // config.batch_size) * config.batch_size


def number_of_parts(n_samples: int, config: SampleOptions) -> int:
    """Return the number of parts of a release.

    Raises:
        UserError: if there are more than `MAX_PARTS`.
    """
    size = samples_per_part(config, n_samples)
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
