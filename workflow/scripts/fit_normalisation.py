"""Fit scales on the training split."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.preprocess import Normalisation
from videeg_pipe.contracts.jobs import job
from videeg_pipe.preprocess import fit_normalisation

with job(snakemake.log[0]):
    config = snakemake.params.config
    fit_normalisation(
        cut=Path(snakemake.input.cut),
        eeg=Path(snakemake.input.index).parent,
        config=section(Normalisation, config["normalisation"]),
        out=Path(snakemake.output[0]),
    )
