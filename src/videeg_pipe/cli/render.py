"""`videeg render`: write a stimulus program as a lossless video."""

import argparse
from pathlib import Path
from typing import Any

from videeg_pipe.runtime.errors import UserError


def add_parser(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the subcommand to those of `videeg`."""
    parser = commands.add_parser("render", help="write a stimulus program as a lossless video")
    parser.add_argument("program", type=Path, help="a stimulus program, JSON (docs/programs.md)")
    parser.add_argument("video", type=Path, help="the video to write, .mp4")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the video and print its facts.

    Raises:
        UserError: if the program is not one, or if the video exists or has another suffix.
    """
    from videeg_pipe.stimuli.program import render  # takes a second
    from videeg_pipe.stimuli.video import probe_video

    program, video = options.program, options.video
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
    return 0
