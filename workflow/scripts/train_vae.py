"""Train the autoencoder of pictures."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.pictures.vae import train_vae
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    train_vae(
        config=section(PicturesOptions, config["pictures"]),
        seed=config["run"]["seed"],
        manifest=Path(snakemake.output.manifest),
    )
