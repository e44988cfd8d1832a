"""Build the electrode and signal graphs."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.graphs import Graphs
from videeg_pipe.contracts.jobs import job
from videeg_pipe.graphs import build_graphs

with job(snakemake.log[0]):
    config = snakemake.params.config
    build_graphs(
        cut=Path(snakemake.input.cut),
        normalisation=Path(snakemake.input.normalisation),
        eeg=Path(snakemake.input.index).parent,
        config=section(Graphs, config["graphs"]),
        seed=config["run"]["seed"],
        out=Path(snakemake.output.graphs),
        leave_out=config["train"]["leave_out"],
    )
