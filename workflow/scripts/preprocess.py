"""Clean one subject's recordings."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.preprocess.recordings import preprocess_subject
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    preprocess_subject(
        snakemake.wildcards.subject,
        source=config["source"]["kind"],
        recordings=Path(snakemake.input.recordings),
        config=section(PreprocessOptions, config["preprocess"]),
        seed=config["run"]["seed"],
        manifest=Path(snakemake.output.manifest),
    )
