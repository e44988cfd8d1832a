"""Place clips in the preprocessed recordings, for decoding."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.split import SplitOptions
from videeg_pipe.preprocess.clips import cut_clips
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    cut_clips(
        recordings=Path(snakemake.input.recordings),
        clips=Path(snakemake.input.clips),
        index=Path(snakemake.input.index),
        clip_s=config["pictures"]["clip_s"],
        split=section(SplitOptions, config["split"]),
        out=Path(snakemake.output.clips_cut),
    )
