"""Simulate one person who watches the phantom's videos."""

from pathlib import Path

from videeg_pipe.acquire.phantom import simulate_eeg
from videeg_pipe.config import section
from videeg_pipe.config.source import Phantom
from videeg_pipe.contracts.jobs import job

with job(snakemake.log[0]):
    config = snakemake.params.config
    simulate_eeg(
        section(Phantom, config["phantom"]),
        seed=config["run"]["seed"],
        subject=snakemake.wildcards.subject,
        videos=Path(snakemake.input.videos),
        eeg=Path(snakemake.output.eeg),
        truth=Path(snakemake.output.truth),
    )
