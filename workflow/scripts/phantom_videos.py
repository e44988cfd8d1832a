"""Render the videos of the phantom."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.runtime.jobs import job
from videeg_pipe.sources.phantom.videos import render_videos

with job(snakemake.log[0], snakemake.output):
    config = snakemake.params.config
    render_videos(
        section(PhantomOptions, config["phantom"]),
        seed=config["run"]["seed"],
        manifest=Path(snakemake.output.manifest),
    )
