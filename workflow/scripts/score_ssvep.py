"""Score decoders of a flicker for one person whom no training saw."""

from pathlib import Path

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.ssvep.person import score_ssvep

with job(snakemake):
    score_ssvep(
        snakemake.params.subject,
        inputs=Inputs.of(snakemake.input),
        config=snakemake.params.config,
        scores=Path(snakemake.output.scores),
    )
