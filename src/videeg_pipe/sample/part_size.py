"""Size and number of parts; the Snakefile reads it too, so this module is light."""

from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.runtime.errors import UserError

MAX_PARTS = 10_000
"""Snakemake plans so many jobs in about 10 s; above, time and memory grow without a use."""


def samples_per_part(config: SampleOptions) -> int:
    """Return the samples per job: whole batches, so that parts never change a sample's batch."""
    return -(-config.part_size // config.batch_size) * config.batch_size


def number_of_parts(n_samples: int, config: SampleOptions) -> int:
    """Return the number of parts of a release.

    Raises:
        UserError: if there are more than `MAX_PARTS`.
    """
    n_parts = -(-n_samples // samples_per_part(config))
    if n_parts > MAX_PARTS:
        raise UserError(
            f"release.n_samples {n_samples}",
            expected=f"at most {MAX_PARTS} parts",
            found=f"{n_parts} of {samples_per_part(config)} samples",
            next_step=f"set sample.part_size to {-(-n_samples // MAX_PARTS)} or more, or release "
            "fewer samples",
        )
    return n_parts
