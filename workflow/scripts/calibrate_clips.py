"""Make EEG of new people for all training clips."""

from pathlib import Path

from videeg_pipe.augment.calibrate import calibrate_clips
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    calibrate_clips(
        snakemake.wildcards.origin,
        float(snakemake.wildcards.percent),
        snakemake.params.people,
        snakemake.params.known,
        inputs=Inputs.of(snakemake.input),
        clips_cut=Path(snakemake.input.clips_cut),
        config=snakemake.params.config,
        manifest=Path(snakemake.output.manifest),
    )
