"""Draw EEG of the training clips of a share from a floor."""

from pathlib import Path

from videeg_pipe.augment.floors import draw_floor
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    draw_floor(
        snakemake.wildcards.floor,
        float(snakemake.wildcards.share),
        snakemake.params.people,
        inputs=Inputs.of(snakemake.input),
        clips_cut=Path(snakemake.input.clips_cut),
        config=snakemake.params.config,
        manifest=Path(snakemake.output.manifest),
    )
