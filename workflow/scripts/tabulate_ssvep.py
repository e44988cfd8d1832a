"""Tabulate decoders of a flicker over people."""

from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.ssvep.table import tabulate_ssvep

with job(snakemake):
    tabulate_ssvep(
        list(zip(snakemake.params.subjects, map(Path, snakemake.input.scores), strict=True)),
        table=Path(snakemake.output.table),
        snr=Path(snakemake.output.snr),
    )
