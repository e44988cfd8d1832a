"""Context frames of the samples, where the videos may be handed on."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.release.fields import FRAME_PIXELS
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.progress import progress
from videeg_pipe.stimuli.video import frames_at


def check_redistributable(table: pd.DataFrame, videos: pd.DataFrame) -> None:
    """Refuse frames of videos that may not be handed on.

    Raises:
        UserError: naming the first such video among those of the samples.
    """
    shown = videos[videos["video_id"].isin(table["video_id"])]
    held = shown[~shown["redistributable"]]
    if len(held):
        first = held.iloc[0]
        raise UserError(
            "release.include_frames",
            expected="videos that may be redistributed",
            found=f"{first['video_id']}, which may not ({first['licence']})",
            next_step="set release.include_frames to false",
        )


def context_frames(
    table: pd.DataFrame, frame_times_s: NDArray[np.float64], videos: pd.DataFrame
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Pictures of the context, each video decoded once.

    Only the pictures that samples still wait for are held, so memory does not grow with n.

    Args:
        table: n samples.
        frame_times_s: (n, F) presentation times, ascending in a row.
        videos: `videos` table.

    Yields:
        Row of `table` and its pictures, (F, 256, 256, 3), in the order of the videos.
    """
    paths = dict(zip(videos["video_id"], videos["path"], strict=True))
    places = table.groupby("video_id").indices
    for video_id, members in progress(places.items(), "frames", total=len(places)):
        rows = np.asarray(members)
        times = np.unique(frame_times_s[rows])
        # all contexts are equally long: who ends first also began first
        waiting = deque(rows[np.argsort(frame_times_s[rows, -1], kind="stable")].tolist())
        held: dict[float, NDArray[np.uint8]] = {}
        for index, picture in frames_at(Path(paths[video_id]), times, FRAME_PIXELS):
            held[float(times[index])] = picture
            while waiting and frame_times_s[waiting[0], -1] <= times[index]:
                row = waiting.popleft()
                yield row, np.stack([held[float(time)] for time in frame_times_s[row]])
            oldest = frame_times_s[waiting[0], 0] if waiting else np.inf
            held = {time: kept for time, kept in held.items() if time >= oldest}
