"""Compare decoders with and without generated EEG."""

from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.decoding.augmentation_table import compare_augmented

with job(snakemake):
    config = snakemake.params.config
    compare_augmented(
        [Path(path) for path in snakemake.input.scores],
        bootstrap=config["decode"]["bootstrap"],
        seed=config["run"]["seed"],
        table=Path(snakemake.output.table),
    )
