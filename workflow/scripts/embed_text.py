"""Encode each participant's sentence."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.embed import Embed
from videeg_pipe.contracts.jobs import job
from videeg_pipe.embed import embed_text

with job(snakemake.log[0]):
    config = snakemake.params.config
    embed_text(
        participants=Path(snakemake.input.participants),
        clip=Path(snakemake.input.clip),
        config=section(Embed, config["embed"]),
        manifest=Path(snakemake.output.manifest),
    )
