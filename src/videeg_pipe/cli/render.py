"""`videeg render`: write a stimulus program as a lossless video."""

from pathlib import Path
from typing import Annotated

import typer

from videeg_pipe.runtime.errors import UserError

EXAMPLE = "videeg render 12Hz.json 12Hz.mp4"


def run(
    program: Annotated[
        Path, typer.Argument(metavar="PROGRAM", help="A stimulus program, JSON (docs/programs.md).")
    ],
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="The video to write, .mp4.")],
) -> None:
    """Write a stimulus program as a lossless video.

    Raises:
        UserError: if the program is not one, or if the video exists or has another suffix.
    """
    from videeg_pipe.stimuli.program import render  # takes a second
    from videeg_pipe.stimuli.video import probe_video

    if video.suffix.lower() != ".mp4" or video.exists():
        raise UserError(
            str(video),
            expected="a new file that ends with .mp4",
            found="an existing file" if video.exists() else f"the suffix '{video.suffix}'",
            next_step="choose another name",
        )
    render(program, video)
    info = probe_video(video)
    print(f"{video}: {info.n_frames} frames at {info.fps:g} Hz, {info.duration_s:g} s")
