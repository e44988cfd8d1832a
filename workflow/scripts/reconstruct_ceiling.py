"""Make test clips from better answers than EEG can give."""

from pathlib import Path

from videeg_pipe.reconstruct.ceiling import reconstruct_ceiling
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    reconstruct_ceiling(
        snakemake.params.ceiling,
        pictures=Path(snakemake.input.stimuli).parent,
        config=snakemake.params.config,
        manifest=Path(snakemake.output.manifest),
    )
