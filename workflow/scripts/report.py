"""Write the page that a person reads."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.validate import Report
from videeg_pipe.contracts.jobs import job
from videeg_pipe.validate.report import write_report

with job(snakemake.log[0]):
    config = snakemake.params.config
    write_report(
        metrics=Path(snakemake.input.metrics),
        figures=Path(snakemake.input.figures),
        h5=Path(snakemake.input.h5),
        history=Path(snakemake.input.history),
        config=section(Report, config["report"]),
        out=Path(snakemake.output.html),
    )
