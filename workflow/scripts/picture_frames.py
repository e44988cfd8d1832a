"""Store the frames of all clips."""

from pathlib import Path

from videeg_pipe.config import section
from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.pictures.frames import store_frames
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    config = snakemake.params.config
    store_frames(
        clips_cut=Path(snakemake.input.clips_cut),
        videos=Path(snakemake.input.videos),
        config=section(PicturesOptions, config["pictures"]),
        stimuli=Path(snakemake.output.stimuli),
        manifest=Path(snakemake.output.manifest),
    )
