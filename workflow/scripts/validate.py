"""Score the release and the generator."""

from pathlib import Path

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.stage import score_release

with job(snakemake):
    config = snakemake.params.config
    score_release(
        h5=Path(snakemake.input.h5),
        inputs=Inputs.of(snakemake.input),
        config=config,
        metrics=Path(snakemake.output.metrics),
        figures=Path(snakemake.output.figures),
    )
