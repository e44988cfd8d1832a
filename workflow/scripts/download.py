"""Download one file of SEED-DV."""

from pathlib import Path

from videeg_pipe.acquire.download import download
from videeg_pipe.config import section
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    download(
        section(SourceOptions, config["source"]),
        name=snakemake.wildcards.file,
        out=Path(snakemake.output[0]),
        pauses_s=(1, 10, 60),
    )
