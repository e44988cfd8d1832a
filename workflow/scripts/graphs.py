"""Build the electrode and signal graphs."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.graphs import GraphsOptions
from videeg_pipe.graphs.build import build_graphs
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    build_graphs(
        cut=Path(snakemake.input.cut),
        normalisation=Path(snakemake.input.normalisation),
        eeg=Path(snakemake.input.index).parent,
        config=section(GraphsOptions, config["graphs"]),
        seed=config["run"]["seed"],
        out=Path(snakemake.output.graphs),
        leave_out=config["train"]["leave_out"],
    )
