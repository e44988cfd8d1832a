"""Train a decoder for new people in several ways, and score it."""

from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.decoding.virtual_calibration import score_calibrated

with job(snakemake):
    inputs = snakemake.input
    score_calibrated(
        snakemake.wildcards.decoder,
        float(snakemake.wildcards.percent),
        snakemake.params.people,
        snakemake.params.known,
        generated={Path(path).parent.name: Path(path) for path in inputs.generated},
        clips_cut=Path(inputs.clips_cut),
        index=Path(inputs.index),
        pictures=Path(inputs.stimuli).parent,
        config=snakemake.params.config,
        out=Path(snakemake.output.scores),
    )
