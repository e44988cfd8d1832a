"""Check the source and describe it in five tables."""

from pathlib import Path

from videeg_pipe.acquire.stage import acquire
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    acquire(
        snakemake.params.config,
        root=Path(snakemake.params.root),
        tables={name: Path(path) for name, path in snakemake.output.items()},
    )
