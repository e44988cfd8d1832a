"""Check that each split has clips."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.split import SplitOptions
from videeg_pipe.config.windows import WindowsOptions
from videeg_pipe.preprocess.splits import check_split
from videeg_pipe.runtime.jobs import job

with job(snakemake.log[0]):
    config = snakemake.params.config
    check_split(
        recordings=Path(snakemake.input.recordings),
        clips=Path(snakemake.input.clips),
        windows=section(WindowsOptions, config["windows"]),
        split=section(SplitOptions, config["split"]),
        out=Path(snakemake.output.counts),
    )
