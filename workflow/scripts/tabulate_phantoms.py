"""Tabulate the scores on all phantoms."""

from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.phantoms import tabulate_phantoms

with job(snakemake):
    tabulate_phantoms(
        dict(zip(snakemake.params.seeds, map(Path, snakemake.input.metrics), strict=True)),
        table=Path(snakemake.output.table),
    )
