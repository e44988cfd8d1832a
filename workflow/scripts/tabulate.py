"""Put the scores of a table's trials together."""

from pathlib import Path

from videeg_pipe.contracts.jobs import job
from videeg_pipe.validate.tables import tabulate

with job(snakemake.log[0]):
    tabulate(
        list(zip(snakemake.params.runs, map(Path, snakemake.input.scores), strict=True)),
        reference=snakemake.params.reference,
        printed=snakemake.params.printed,
        table=Path(snakemake.output.table),
    )
