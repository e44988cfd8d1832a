"""Keep the windows of the earliest training clips."""

from pathlib import Path

from videeg_pipe.augment.shares import cut_share
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    cut_share(
        float(snakemake.wildcards.share),
        snakemake.params.people,
        cut=Path(snakemake.input.cut),
        clips_cut=Path(snakemake.input.clips_cut),
        out=Path(snakemake.output.cut),
    )
