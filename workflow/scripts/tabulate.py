"""Tabulate the scores of all trials of a table."""

from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.tables import tabulate

with job(snakemake):
    tabulate(
        list(zip(snakemake.params.runs, map(Path, snakemake.input.scores), strict=True)),
        reference=snakemake.params.reference,
        printed=snakemake.params.printed,
        table=Path(snakemake.output.table),
    )
