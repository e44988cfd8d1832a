"""Write the page that a person reads."""

from pathlib import Path

from videeg_pipe.contracts.jobs import job
from videeg_pipe.validate.report import write_report

with job(snakemake.log[0]):
    names = ("metrics", "figures", "h5", "sums", "history", "videos")
    write_report(
        inputs={name: Path(snakemake.input[name]) for name in names},
        tables=[Path(table) for table in snakemake.params.tables],
        benchmarks=Path(snakemake.params.benchmarks),
        config=snakemake.params.config,
        out=Path(snakemake.output.html),
    )
