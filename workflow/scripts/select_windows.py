"""Draw the windows to release."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.release import Release
from videeg_pipe.contracts.jobs import job
from videeg_pipe.preprocess import select_windows

with job(snakemake.log[0]):
    config = snakemake.params.config
    select_windows(
        cut=Path(snakemake.input.cut),
        config=section(Release, config["release"]),
        seed=config["run"]["seed"],
        out=Path(snakemake.output.windows),
    )
