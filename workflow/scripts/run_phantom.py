"""Run the whole workflow with another seed."""

import sys
from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.runtime.nested import run_nested

with job(snakemake, nested=True):
    metrics, config = Path(snakemake.output.metrics), snakemake.params.config
    run_nested(
        [sys.executable, "-m", "snakemake", "--snakefile", snakemake.params.snakefile],
        config=config | {"evaluation": config["evaluation"] | {"strong_classifiers": True}},
        seed=int(snakemake.wildcards.seed),
        cores=snakemake.threads,
        results=metrics.with_suffix(""),
        log=Path(snakemake.log[0]),
        metrics=metrics,
    )
