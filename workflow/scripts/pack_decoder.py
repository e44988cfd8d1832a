"""Pack a decoder with the models that draw its clips."""

from pathlib import Path

from videeg_pipe.decode.pack import pack_decoder
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    inputs = snakemake.input
    pack_decoder(
        decoder=Path(inputs.decoder),
        pictures=Path(inputs.stimuli).parent,
        index=Path(inputs.index),
        config=snakemake.params.config,
        record=Path(snakemake.output.record),
    )
