"""Encode the captions of all clips."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.pictures.texts import store_texts
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    store_texts(
        stimuli=Path(snakemake.input.stimuli),
        clip_model=Path(snakemake.input.clip),
        embed=section(EmbedOptions, config["embed"]),
        tokens=config["pictures"]["tokens"],
        manifest=Path(snakemake.output.manifest),
    )
