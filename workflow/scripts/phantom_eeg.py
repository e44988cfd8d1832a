"""Simulate the EEG of one person who watches the videos of the phantom."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.runtime.jobs import job
from videeg_pipe.sources.phantom.eeg import simulate_eeg

with job(snakemake):
    config = snakemake.params.config
    simulate_eeg(
        section(PhantomOptions, config["phantom"]),
        seed=config["run"]["seed"],
        subject=snakemake.wildcards.subject,
        videos=Path(snakemake.input.videos),
        eeg=Path(snakemake.output.eeg),
        truth=Path(snakemake.output.truth),
    )
