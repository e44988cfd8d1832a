"""Render the videos of the phantom."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.runtime.jobs import job
from videeg_pipe.sources.phantom.videos import render_videos

with job(snakemake):
    config = snakemake.params.config
    render_videos(
        section(PhantomOptions, config["phantom"]),
        seed=config["run"]["seed"],
        manifest=Path(snakemake.output.manifest),
    )
