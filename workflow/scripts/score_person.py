"""Score generators on the test windows of one person."""

from pathlib import Path

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.people import score_person

with job(snakemake):
    score_person(
        snakemake.params.subject,
        inputs=Inputs.of(snakemake.input),
        config=snakemake.params.config,
        scores=Path(snakemake.output.scores),
    )
