"""Embed each video once."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.embed import Embed
from videeg_pipe.contracts.jobs import job
from videeg_pipe.embed import embed_videos

with job(snakemake.log[0]):
    config = snakemake.params.config
    embed_videos(
        videos=Path(snakemake.input.videos),
        clip=Path(snakemake.input.clip),
        config=section(Embed, config["embed"]),
        manifest=Path(snakemake.output.manifest),
    )
