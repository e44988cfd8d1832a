"""Read one person through MOABB."""

from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.sources.moabb.datasets import DATASETS
from videeg_pipe.sources.moabb.listing import person_number
from videeg_pipe.sources.moabb.person import write_person

with job(snakemake):
    source = snakemake.params.config["source"]
    write_person(
        DATASETS[source["dataset"]],
        person_number(snakemake.wildcards.subject),
        data=Path(source["path"]),
        record=Path(snakemake.output.record),
    )
