"""Prepare the CLIP that embeds all stimuli."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.embed.clip_model import prepare_clip
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    prepare_clip(
        section(EmbedOptions, config["embed"]),
        seed=config["run"]["seed"],
        manifest=Path(snakemake.output.manifest),
    )
