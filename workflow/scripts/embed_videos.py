"""Embed each video once."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.embed.videos import embed_videos
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    embed_videos(
        videos=Path(snakemake.input.videos),
        clip_model=Path(snakemake.input.clip),
        config=section(EmbedOptions, config["embed"]),
        manifest=Path(snakemake.output.manifest),
    )
