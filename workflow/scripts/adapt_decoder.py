"""Adapt a decoder to a new person."""

from pathlib import Path

from videeg_pipe.decode.stage import adapt_decoder
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    adapt_decoder(
        params.subject,
        method=params.method,
        percent=float(params.percent),
        known=Path(inputs.known),
        clips_cut=Path(inputs.clips_cut),
        index=Path(inputs.index),
        pictures=Path(inputs.stimuli).parent,
        config=params.config,
        record=Path(snakemake.output.record),
    )
