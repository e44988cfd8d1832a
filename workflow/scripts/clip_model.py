"""Settle on the CLIP that everything is embedded with."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.embed import Embed
from videeg_pipe.contracts.jobs import job
from videeg_pipe.embed import settle_clip

with job(snakemake.log[0]):
    config = snakemake.params.config
    settle_clip(
        section(Embed, config["embed"]),
        seed=config["run"]["seed"],
        manifest=Path(snakemake.output.manifest),
    )
