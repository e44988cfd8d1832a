"""Merge the samples into the release."""

from pathlib import Path

from videeg_pipe.release.stage import make_release
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    make_release(
        inputs=dict(snakemake.input.items()),
        config=config,
        outputs={name: Path(path) for name, path in snakemake.output.items()},
    )
