"""Clean one subject's recordings."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.preprocess import Preprocess
from videeg_pipe.contracts.jobs import job
from videeg_pipe.preprocess import preprocess_subject

with job(snakemake.log[0]):
    config = snakemake.params.config
    preprocess_subject(
        snakemake.wildcards.subject,
        recordings=Path(snakemake.input.recordings),
        config=section(Preprocess, config["preprocess"]),
        seed=config["run"]["seed"],
        manifest=Path(snakemake.output.manifest),
    )
