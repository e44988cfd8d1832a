"""Decode test clips and draw them."""

from pathlib import Path

from videeg_pipe.contracts.decoding import DecodingRow
from videeg_pipe.reconstruct.stage import reconstruct
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    inputs, record = snakemake.input, Path(snakemake.output.record)
    reconstruct(
        [DecodingRow(**row) for row in snakemake.params.rows],
        snakemake.params.people,
        results=record.parents[1],
        clips_cut=Path(inputs.clips_cut),
        index=Path(inputs.index),
        pictures=Path(inputs.stimuli).parent,
        config=snakemake.params.config,
        record=record,
    )
