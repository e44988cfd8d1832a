"""Write the report page."""

from pathlib import Path

from videeg_pipe.report.page import write_report
from videeg_pipe.runtime.jobs import job

with job(snakemake) as results:
    for table in snakemake.params.tables:
        results.warn(table)  # shown all the same
    names = (
        "metrics", "figures", "h5", "sums", "history", "videos", "findings", "windows",
        "recordings", "index",
    )  # fmt: skip
    write_report(
        inputs={name: Path(snakemake.input[name]) for name in names},
        tables=[Path(table) for table in snakemake.params.tables],
        benchmarks=Path(snakemake.params.benchmarks),
        config=snakemake.params.config,
        subjects=snakemake.params.subjects,
        out=Path(snakemake.output.html),
    )
