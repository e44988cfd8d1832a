"""Train a decoder on real and generated clips, and score it."""

from pathlib import Path

from videeg_pipe.runtime.jobs import job
from videeg_pipe.scoring.decoding.augmentation import score_augmented

with job(snakemake):
    inputs = snakemake.input
    score_augmented(
        snakemake.wildcards.decoder,
        float(snakemake.wildcards.share),
        snakemake.params.people,
        generated={Path(path).parent.name: Path(path) for path in inputs.generated},
        clips_cut=Path(inputs.clips_cut),
        index=Path(inputs.index),
        pictures=Path(inputs.stimuli).parent,
        config=snakemake.params.config,
        out=Path(snakemake.output.scores),
    )
