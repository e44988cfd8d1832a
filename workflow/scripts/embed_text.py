"""Encode the sentence about each participant."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.embed.text import embed_text
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    embed_text(
        participants=Path(snakemake.input.participants),
        clip_model=Path(snakemake.input.clip),
        config=section(EmbedOptions, config["embed"]),
        manifest=Path(snakemake.output.manifest),
    )
