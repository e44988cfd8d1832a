"""Tabulate the scores of held-out people."""

from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.tables import tabulate_people

with job(snakemake):
    tabulate_people(
        list(zip(snakemake.params.subjects, map(Path, snakemake.input.scores), strict=True)),
        table=Path(snakemake.output.table),
    )
