"""Score the reconstructions of all rows."""

from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.decoding.stage import score_decoding

with job(snakemake):
    inputs, config = snakemake.input, snakemake.params.config
    score_decoding(
        rows=[Path(path) for path in inputs.rows],
        ceilings=Path(inputs.ceilings),
        index=Path(inputs.index),
        clips_cut=Path(inputs.clips_cut),
        pictures=Path(inputs.stimuli).parent,
        bootstrap=config["decode"]["bootstrap"],
        threads=config["decode"]["threads"],
        seed=config["run"]["seed"],
        scores=Path(snakemake.output.scores),
        clips=Path(snakemake.output.clips),
    )
