"""Size of a part; the Snakefile reads it too, so this module is light."""

from videeg_pipe.config.sample import SampleOptions


def samples_per_part(config: SampleOptions) -> int:
    """Return the samples per job: whole batches, so that parts never change a sample's batch."""
    return -(-config.part_size // config.batch_size) * config.batch_size
