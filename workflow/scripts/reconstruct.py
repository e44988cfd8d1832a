"""Decode test clips and draw them."""

from itertools import cycle
from pathlib import Path

from videeg_pipe.contracts.decoding import DecodingRow
from videeg_pipe.reconstruct.stage import reconstruct
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    decoders = cycle(map(Path, inputs.decoders))  # one for all people, or one per person
    reconstruct(
        DecodingRow(**params.row),
        dict(zip(params.people, decoders, strict=False)),
        clips_cut=Path(inputs.clips_cut),
        index=Path(inputs.index),
        pictures=Path(inputs.stimuli).parent,
        config=params.config,
        manifest=Path(snakemake.output.manifest),
    )
