"""Pack the trained generator into a folder of its own."""

from pathlib import Path

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.generator.pack import pack_generator
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    pack_generator(
        inputs=Inputs.of(snakemake.input),
        config=snakemake.params.config,
        record=Path(snakemake.output.record),
    )
