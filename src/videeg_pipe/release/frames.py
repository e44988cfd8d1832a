"""Context frames of the samples, for redistributable videos."""

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
    """Refuse frames of videos that may not be redistributed.

    Raises:
        UserError: naming the first such video among those of the samples.
    """
    shown = videos[videos["video_id"].isin(table["video_id"])]
    restricted = shown[~shown["redistributable"]]
    if len(restricted):
        first = restricted.iloc[0]
        raise UserError(
            "release.include_frames",
            expected="videos that may be redistributed",
            found=f"{first['video_id']}, which is restricted ({first['licence']})",
            next_step="set release.include_frames to false",
        )


def context_frames(
    table: pd.DataFrame, frame_times_s: NDArray[np.float64], videos: pd.DataFrame
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the context frames of each sample; each video is decoded once.

    Only frames of pending samples are kept, so memory does not grow with n.

    Args:
        table: n samples.
        frame_times_s: (n, F) presentation times, ascending within a row.
        videos: `videos` table.

    Yields:
        Row of `table` and its frames, (F, 256, 256, 3), grouped by video.
    """
    paths = dict(zip(videos["video_id"], videos["path"], strict=True))
    places = table.groupby("video_id").indices
    for video_id, members in progress(places.items(), "frames", total=len(places)):
        rows = np.asarray(members)
        times = np.unique(frame_times_s[rows])
        # all contexts have the same length: the one that ends first also starts first
        pending = deque(rows[np.argsort(frame_times_s[rows, -1], kind="stable")].tolist())
        kept: dict[float, NDArray[np.uint8]] = {}
        for index, picture in frames_at(Path(paths[video_id]), times, FRAME_PIXELS):
            kept[float(times[index])] = picture
            while pending and frame_times_s[pending[0], -1] <= times[index]:
                row = pending.popleft()
                yield row, np.stack([kept[float(time)] for time in frame_times_s[row]])
            oldest = frame_times_s[pending[0], 0] if pending else np.inf
            kept = {time: frame for time, frame in kept.items() if time >= oldest}
