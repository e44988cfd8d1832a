"""Render the phantom's videos."""

from pathlib import Path

from videeg_pipe.acquire.phantom import render_videos
from videeg_pipe.config import section
from videeg_pipe.config.source import Phantom
from videeg_pipe.contracts.jobs import job

with job(snakemake.log[0]):
    config = snakemake.params.config
    render_videos(
        section(Phantom, config["phantom"]),
        seed=config["run"]["seed"],
        manifest=Path(snakemake.output.manifest),
    )
