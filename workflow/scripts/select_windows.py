"""Draw the windows to release."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.preprocess.selection import select_windows
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    select_windows(
        cut=Path(snakemake.input.cut),
        config=section(ReleaseOptions, config["release"]),
        seed=config["run"]["seed"],
        out=Path(snakemake.output.windows),
    )
