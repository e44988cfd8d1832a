"""Train a decoder from EEG to text and latents."""

from pathlib import Path

from videeg_pipe.decode.stage import train_decoder
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    inputs = snakemake.input
    train_decoder(
        snakemake.params.base,
        snakemake.params.people,
        number=int(snakemake.wildcards.seed),
        clips_cut=Path(inputs.clips_cut),
        index=Path(inputs.index),
        pictures=Path(inputs.stimuli).parent,
        config=snakemake.params.config,
        record=Path(snakemake.output.record),
    )
