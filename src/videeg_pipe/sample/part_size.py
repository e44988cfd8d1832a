"""Size of a part; the Snakefile reads it too, so this module is light."""

import math

from videeg_pipe.config.sample import SampleOptions

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
