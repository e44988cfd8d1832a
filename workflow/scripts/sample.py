"""Generate one part of the release."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.sample import Sample
from videeg_pipe.contracts.jobs import job
from videeg_pipe.models import Inputs
from videeg_pipe.sample import sample_part

with job(snakemake.log[0]):
    config = snakemake.params.config
    sample_part(
        int(snakemake.wildcards.part),
        inputs=Inputs.of(snakemake.input),
        config=section(Sample, config["sample"]),
        manifest=Path(snakemake.output.manifest),
    )
