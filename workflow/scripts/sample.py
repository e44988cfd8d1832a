"""Generate one part of the release."""

from pathlib import Path

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.runtime.jobs import job
from videeg_pipe.sample.stage import sample_part

with job(snakemake):
    config = snakemake.params.config
    sample_part(
        int(snakemake.wildcards.part),
        size=snakemake.params.size,
        inputs=Inputs.of(snakemake.input),
        config=section(SampleOptions, config["sample"]),
        manifest=Path(snakemake.output.manifest),
    )
