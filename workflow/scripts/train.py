"""Train a generator."""

from pathlib import Path

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.jobs import job
from videeg_pipe.train.stage import train

with job(snakemake):
    config = snakemake.params.config
    train(
        snakemake.params.model,
        inputs=Inputs.of(snakemake.input),
        config=config,
        folder=Path(snakemake.output.checkpoint).parent,
    )
