"""Generate EEG of the training clips of a share."""

from pathlib import Path

from videeg_pipe.augment.generate import generate_clips
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    generate_clips(
        float(snakemake.wildcards.share),
        snakemake.params.people,
        inputs=Inputs.of(snakemake.input),
        clips_cut=Path(snakemake.input.clips_cut),
        config=snakemake.params.config,
        manifest=Path(snakemake.output.manifest),
    )
