"""Train a generator."""

from pathlib import Path

from videeg_pipe.contracts.jobs import job
from videeg_pipe.models import Inputs
from videeg_pipe.train import train

with job(snakemake.log[0]):
    config = snakemake.params.config
    train(
        snakemake.params.model,
        inputs=Inputs.of(snakemake.input),
        config=config,
        folder=Path(snakemake.output.checkpoint).parent,
    )
