"""Run the whole workflow with another seed."""

import sys
from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.runtime.nested import run_nested

with job(snakemake):
    metrics = Path(snakemake.output.metrics)
    run_nested(
        [sys.executable, "-m", "snakemake", "--snakefile", snakemake.params.snakefile],
        config=snakemake.params.config,
        seed=int(snakemake.wildcards.seed),
        cores=snakemake.threads,
        results=metrics.with_suffix(""),
        log=Path(snakemake.log[0]),
        metrics=metrics,
    )
