"""Merge the samples into the release."""

from pathlib import Path

from videeg_pipe.contracts.jobs import job
from videeg_pipe.release import make_release

with job(snakemake.log[0]):
    config = snakemake.params.config
    make_release(
        inputs=dict(snakemake.input.items()),
        config=config,
        outputs={name: Path(path) for name, path in snakemake.output.items()},
    )
