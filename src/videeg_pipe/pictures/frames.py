"""Frames of all clips, once per stimulus."""

from pathlib import Path

import numpy as np
import pandas as pd

from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.contracts.pictures import list_arrays
from videeg_pipe.contracts.tables import TABLES, read_table, write_table
from videeg_pipe.runtime.files import new_npy
from videeg_pipe.runtime.progress import progress
from videeg_pipe.stimuli.video import frames_at


def store_frames(
    *, clips_cut: Path, videos: Path, config: PicturesOptions, stimuli: Path, manifest: Path
) -> None:
    """Write the frames of each stimulus at a steady rate from its start, and the table of stimuli.

    Args:
        clips_cut: The `clips_cut` table.
        videos: The `videos` table.
        config: Number, rate and size of the frames.
        stimuli: Path of the `stimuli` table.
        manifest: Record of frames.npy, which lies beside it; written last.

    Raises:
        UserError: if a video is missing or cannot be decoded, or the disk has less space.
    """
    shown = stimuli_of(read_table(clips_cut, "clips_cut"))
    paths = read_table(videos, "videos").set_index("video_id")["path"]
    shape = (len(shown), config.frames, config.height, config.width, 3)
    with new_npy(manifest.parent / "frames.npy", shape, np.uint8) as frames:
        offsets_s = np.arange(config.frames) / config.frame_rate
        places = shown.groupby("video_id", sort=False).indices
        for video_id, rows in progress(places.items(), "frames of clips", len(places)):
            starts_s = shown["video_start_s"].to_numpy()[rows]
            times_s = (starts_s[:, None] + offsets_s).ravel()
            order = np.argsort(times_s, kind="stable")
            size = (config.width, config.height)
            for place, picture in frames_at(Path(paths[str(video_id)]), times_s[order], size):
                clip, frame = divmod(int(order[place]), config.frames)
                frames[rows[clip], frame] = picture
    write_table(stimuli, "stimuli", shown)
    list_arrays(manifest, ["frames"], frame_rate=config.frame_rate)


def stimuli_of(clips: pd.DataFrame) -> pd.DataFrame:
    """Return the `stimuli` table of the `clips_cut` table, in the order of the videos."""
    once = clips.drop_duplicates("stimulus_id").sort_values(["video_id", "video_start_s"])
    once = once.assign(caption=once["caption"].fillna(once["concept"]))
    return once[list(TABLES["stimuli"].columns)].reset_index(drop=True)
