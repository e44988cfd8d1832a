"""`videeg decode`: a video of what a person saw, from EEG."""

from pathlib import Path
from typing import Annotated

import typer

from videeg_pipe.runtime.targets import check_new_video

EXAMPLE = "videeg decode anna.edf --model results-decode/decoder -o anna.mp4"


def run(
    recording: Annotated[Path, typer.Argument(metavar="EEG", help="Recording in a format of MNE.")],
    model: Annotated[
        Path, typer.Option("--model", metavar="DIR", help="Folder of a packed decoder.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="MP4 file to write.")],
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The person, of those trained on; without, a new person."
        ),
    ] = None,
    onset: Annotated[
        float,
        typer.Option(metavar="S", min=0, help="Start of the first clip; with --event, after it."),
    ] = 0.0,
    event: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Annotation, or stim_file of BIDS, where clips begin."),
    ] = None,
    clips: Annotated[
        int, typer.Option(metavar="N", min=1, help="Successive clips after each event.")
    ] = 1,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the pictures' noise.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> None:
    """Decode a recording into a video.

    Raises:
        UserError: for a recording, decoder or path that cannot be used.
    """
    from videeg_pipe.contracts.decoder_folder import read_playback

    read_playback(model)
    check_new_video(out, overwrite=overwrite)

    from videeg_pipe.playback.decoding import decode_recording  # imports torch

    done = decode_recording(
        recording,
        model,
        out,
        subject=subject,
        onset_s=onset,
        event=event,
        clips_per_event=clips,
        seed=seed,
    )
    person = f"as {subject}" if subject else "as a new person"
    print(f"{out}: {done.seconds:g} s in {done.n_clips} clips, {person}")
    if done.skipped:
        print(f"black, with a pause or bad segment, or cut off: {done.skipped} clips")
    if done.interpolated:
        print(f"bad or missing electrodes, interpolated: {', '.join(done.interpolated)}")
    print("this video shows what the decoder adds, too: see docs/decode.md before believing it")
