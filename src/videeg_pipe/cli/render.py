"""`videeg render`: write a stimulus program as a lossless video."""

from pathlib import Path
from typing import Annotated

import typer

from videeg_pipe.runtime.targets import check_new_video

EXAMPLE = "videeg render 12Hz.json 12Hz.mp4"


def run(
    program: Annotated[
        Path, typer.Argument(metavar="PROGRAM", help="A stimulus program, JSON (docs/programs.md).")
    ],
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="The video to write, .mp4.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing video.")
    ] = False,
) -> None:
    """Write a stimulus program as a lossless video.

    Raises:
        UserError: if the program is not one, or if the video exists, cannot be written or has
            another suffix.
    """
    check_new_video(video, overwrite=overwrite)

    from videeg_pipe.stimuli.program import render  # takes a second
    from videeg_pipe.stimuli.video import probe_video

    render(program, video)
    info = probe_video(video)
    print(f"{video}: {info.n_frames} frames at {info.fps:g} Hz, {info.duration_s:g} s")
