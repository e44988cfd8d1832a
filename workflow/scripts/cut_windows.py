"""Cut clips into windows and assign each window to a split."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.split import SplitOptions
from videeg_pipe.config.windows import WindowsOptions
from videeg_pipe.preprocess.windows import cut_windows
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    cut_windows(
        recordings=Path(snakemake.input.recordings),
        clips=Path(snakemake.input.clips),
        eeg_manifests=[Path(path) for path in snakemake.input.eeg],
        windows=section(WindowsOptions, config["windows"]),
        split=section(SplitOptions, config["split"]),
        out=Path(snakemake.output.cut),
        index=Path(snakemake.output.index),
    )
