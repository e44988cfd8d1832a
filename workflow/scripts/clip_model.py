"""Settle on the CLIP that everything is embedded with."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.embed.settle import settle_clip
from videeg_pipe.runtime.jobs import job

with job(snakemake.log[0]):
    config = snakemake.params.config
    settle_clip(
        section(EmbedOptions, config["embed"]),
        seed=config["run"]["seed"],
        manifest=Path(snakemake.output.manifest),
    )
