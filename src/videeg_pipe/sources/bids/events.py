"""Events of BIDS recordings that show a video."""

from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing
from videeg_pipe.sources.bids.event_table import read_events
from videeg_pipe.sources.bids.listing import (
    VIDEO_COLUMN,
    entities,
    events_file,
    shows_video,
    stimulus_file,
    visible,
    why_skipped,
)
from videeg_pipe.sources.findings import Finding
from videeg_pipe.sources.subjects import did_you_mean

FILE = "_video"
"""Column of the path of a video; a lab's own column may be called `video`."""


@dataclass(frozen=True)
class Recording:
    """One EEG file and the videos shown in it."""

    path: Path
    subject: str
    events_path: Path
    events: pd.DataFrame  # rows that show a video; the column FILE holds it
    units_per_second: float = 1.0  # of the stored onsets, as their side file says

    @property
    def recording_id(self) -> str:
        """The BIDS name without suffix."""
        return self.path.name.rsplit("_", 1)[0]

    def with_events(self, events: pd.DataFrame) -> "Recording":
        """Return the recording with other rows."""
        return replace(self, events=events)

    def row(self, index: int) -> str:
        """Name a row of the events in an error; the first below the names is row 1."""
        return f"{self.events_path}, row {index + 1}"


def with_events(
    root: Path, bids: BidsOptions, path: Path, findings: list[Finding]
) -> Recording | None:
    """Return a recording with the events that show a video, or None where there are none.

    Raises:
        UserError: if the file, its events or a video is missing or not as expected.
    """
    reason = why_skipped(root, bids, path)
    if reason is not None:
        findings.append(Finding(str(path), "skipped", reason))
        return None
    if not path.is_file():  # a link whose target was not downloaded
        raise missing(path)
    events_path = events_file(path)
    assert events_path is not None  # otherwise `why_skipped` has a reason
    events, units_per_second = read_events(path, findings)
    absent = [name for name in ("onset", "duration") if name not in events]
    if absent:
        raise UserError(
            str(events_path),
            expected=f"columns onset, duration and {VIDEO_COLUMN} for each video shown",
            found=f"{', '.join(events.columns)}, without {', '.join(absent)}",
            next_step="add it, in seconds from the first sample; a duration may be n/a for the "
            "video's own length",
        )
    named = events[VIDEO_COLUMN].notna()
    shows = events[[shows_video(root, bids, name) for name in events[VIDEO_COLUMN].fillna("")]]
    if len(shows) < named.sum():
        what = f"{named.sum() - len(shows)} of {named.sum()} rows of {VIDEO_COLUMN} name a "
        what += "picture, sound or text instead of a video."
        findings.append(Finding(str(events_path), "skipped", what))
    files = [_stimulus(root, bids, events_path, name, findings) for name in shows[VIDEO_COLUMN]]
    return Recording(
        path,
        f"sub-{entities(path)['sub']}",
        events_path,
        shows.assign(**{FILE: pd.Series(files, shows.index, dtype=object)}),
        units_per_second,
    )


def _stimulus(
    root: Path, bids: BidsOptions, events_path: Path, name: str, findings: list[Finding]
) -> Path:
    """Return the video that `stim_file` names.

    Raises:
        UserError: if it lies outside the data set or does not exist.
    """
    folder = root / bids.stimuli
    written = name.strip().replace("\\", "/")
    path = stimulus_file(root, bids, name)
    # links are followed: an untrusted data set must not make us read files outside it
    if Path(written).is_absolute() or not path.resolve().is_relative_to(root.resolve()):
        raise UserError(
            str(events_path),
            expected=f"{VIDEO_COLUMN} inside the data set, relative to {bids.stimuli}/",
            found=f"{name!r}, which lies outside",
            next_step=f"copy the video to {folder} and name it there",
        )
    if not path.is_file():
        known = [str(p.relative_to(folder)) for p in visible(folder, "**/*") if p.is_file()]
        raise UserError(
            str(path),
            expected=f"the video that {events_path} names",
            found=f"no such file{did_you_mean(written, known)}",
            next_step=f"put it in place, or correct {VIDEO_COLUMN} or bids.stimuli "
            f"({bids.stimuli})",
        )
    if path != folder / name:
        what = f"Column {VIDEO_COLUMN} is not written relative to {bids.stimuli}/ with slashes."
        if normalize("NFC", str(path)) == normalize("NFC", str(folder / name)):
            what = f"Column {VIDEO_COLUMN} has letters in another Unicode form than the files."
        findings.append(Finding(str(events_path), "repaired", what))
    return path


def seconds(recording: Recording, column: str) -> NDArray[np.float64]:
    """Return the seconds of each event; NaN for n/a, which is not allowed for an onset.

    Raises:
        UserError: if a value is not a number, or below 0.
    """
    text = recording.events[column]
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    wrong = ~np.isfinite(numbers) & (text.notna().to_numpy() | (column == "onset")) | (numbers < 0)
    if wrong.any():
        raise UserError(
            recording.row(recording.events.index[wrong][0]),
            expected=f"{column} in seconds, 0 or more",
            found=str(text[wrong].iloc[0]),
            next_step="write a number with a decimal point, counted from the first sample",
        )
    return numbers
