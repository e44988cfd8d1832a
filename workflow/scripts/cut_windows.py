"""Cut clips into windows and give each its split."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.preprocess import Split, Windows
from videeg_pipe.contracts.jobs import job
from videeg_pipe.preprocess import cut_windows

with job(snakemake.log[0]):
    config = snakemake.params.config
    cut_windows(
        recordings=Path(snakemake.input.recordings),
        clips=Path(snakemake.input.clips),
        eeg_manifests=[Path(path) for path in snakemake.input.eeg],
        windows=section(Windows, config["windows"]),
        split=section(Split, config["split"]),
        out=Path(snakemake.output.cut),
        index=Path(snakemake.output.index),
    )
