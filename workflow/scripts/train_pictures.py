"""Train the models that draw clips."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.pictures.generator import train_generator
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    train_generator(
        config=section(PicturesOptions, config["pictures"]),
        seed=config["run"]["seed"],
        manifest=Path(snakemake.output.manifest),
    )
