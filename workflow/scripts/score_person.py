"""Score generators on the test windows of one person."""

from pathlib import Path

from videeg_pipe.contracts.jobs import job
from videeg_pipe.models import Inputs
from videeg_pipe.validate.metrics.new_people import score_person

with job(snakemake.log[0]):
    score_person(
        snakemake.params.subject,
        inputs=Inputs.of(snakemake.input),
        config=snakemake.params.config,
        scores=Path(snakemake.output.scores),
    )
