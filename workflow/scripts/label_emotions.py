"""Label the emotion of each clip, or mark it unknown."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.embed.emotions import label_emotions
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    label_emotions(
        clips=Path(snakemake.input.clips),
        features=Path(snakemake.input.videos),
        clip_model=Path(snakemake.input.clip),
        config=section(EmbedOptions, config["embed"]),
        out=Path(snakemake.output.emotions),
    )
