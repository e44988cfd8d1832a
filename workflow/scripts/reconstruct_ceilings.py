"""Make test clips from better answers than EEG can give."""

from pathlib import Path

from videeg_pipe.reconstruct.ceilings import reconstruct_ceilings
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    reconstruct_ceilings(
        snakemake.params.ceilings,
        pictures=Path(snakemake.input.stimuli).parent,
        config=snakemake.params.config,
        record=Path(snakemake.output.record),
    )
