"""Fit scales on the training split."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.normalisation import NormalisationOptions
from videeg_pipe.preprocess.normalisation import fit_normalisation
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    fit_normalisation(
        cut=Path(snakemake.input.cut),
        eeg=Path(snakemake.input.index).parent,
        config=section(NormalisationOptions, config["normalisation"]),
        out=Path(snakemake.output[0]),
    )
