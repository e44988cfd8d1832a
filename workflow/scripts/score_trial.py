"""Score one trial."""

from pathlib import Path

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.trial import score_trial

with job(snakemake):
    config = snakemake.params.config
    score_trial(
        inputs=Inputs.of(snakemake.input),
        config=config,
        split=snakemake.params.split,
        scores=Path(snakemake.output.scores),
    )
