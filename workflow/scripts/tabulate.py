"""Put the scores of a table's trials together."""

from pathlib import Path

from videeg_pipe.contracts.jobs import job
from videeg_pipe.validate.tables import tabulate

with job(snakemake.log[0]):
    paths = iter(map(Path, snakemake.input.scores))
    params = snakemake.params
    tabulate(
        {name: [next(paths) for _ in range(n)] for name, n in params.seeds.items()},
        reference=params.reference,
        table=Path(snakemake.output.table),
    )
