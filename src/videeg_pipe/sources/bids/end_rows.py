"""Start and end rows: events.tsv of which one row marks a video's start and the next its end."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.events import FILE, Recording, seconds
from videeg_pipe.sources.findings import Finding
from videeg_pipe.stimuli.video import VideoInfo

Floats = NDArray[np.float64]

_END = {"end", "stop", "offset", "off", "finish", "finished", "ende"}
_GENERAL = _END | {
    *("stimulus", "stimuli", "stim", "video", "videos", "movie", "film", "clip", "clips", "trial"),
    *("start", "begin", "onset", "on", "play", "playback", "presentation", "presented", "show"),
    *("watch", "watching", "view", "viewing", "event", "trigger", "condition"),
}
_LABELS = ("trial_type", "value", "event_type", "description")
_LATE_S = 0.25  # of an end marker behind the last picture


def is_general(text: str) -> bool:
    """Tell whether a label such as `stimulus/video` or `video_start` names no content."""
    words = _words(text)
    return bool(words) and words <= _GENERAL and not re.search(r"\d", text)


def without_end_rows(
    recording: Recording, infos: Mapping[Path, VideoInfo], findings: list[Finding]
) -> Recording:
    """Drop the rows that mark the end of the video that the row before them starts.

    An end row has no duration of its own (0 or n/a) and follows a row of the same video. It is
    labelled as an end; or the row before has the video's duration; or all rows are such pairs of
    duration 0, and firsts and seconds have different labels.

    Raises:
        UserError: if an end does not fit the video's length, or has no start.
    """
    events, onset_s = recording.events, seconds(recording, "onset")
    stated_s = seconds(recording, "duration")
    pairs, similar = _pairs(events, onset_s, stated_s, infos)
    if similar and not pairs and 2 * len(similar) == len(events):
        firsts, seconds_ = map(list, zip(*similar, strict=True))
        if (stated_s == 0).all() and _differ(events.iloc[firsts], events.iloc[seconds_]):
            pairs = similar
        elif np.isnan(stated_s).all():
            what = "Each video starts again in the moment that it ends: it counts as shown twice. "
            what += "If these rows mark the ends, remove them."
            findings.append(Finding(str(recording.events_path), "assumed", what))
    for start, end in pairs:
        _check_length(recording, infos, start, end, onset_s)
    ends = [end for _, end in pairs]
    kept = events.drop(index=events.index[ends])
    _check_starts(recording, kept)
    if pairs:
        # the start row states no duration: the video's own length
        starts = events.index[[start for start, _ in pairs if not stated_s[start] > 0]]
        kept = kept.assign(duration=kept["duration"].mask(kept.index.isin(starts)))
        what = f"{len(pairs)} pairs of start and end rows of the same video are one clip each."
        findings.append(Finding(str(recording.events_path), "repaired", what))
    return recording.with_events(kept)


def _pairs(
    events: pd.DataFrame, onset_s: Floats, stated_s: Floats, infos: Mapping[Path, VideoInfo]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Pair rows of the same video by position: (start, end).

    Returns:
        Pairs that labels or durations identify, and pairs that fit the video's length alone.
    """
    certain: list[tuple[int, int]] = []
    similar: list[tuple[int, int]] = []
    before: int | None = None
    for at in np.argsort(onset_s, kind="stable"):
        follows = before is not None and events[FILE].iloc[at] == events[FILE].iloc[before]
        if before is not None and follows and not stated_s[at] > 0:
            fits = _fits(infos[events[FILE].iloc[at]], onset_s[at] - onset_s[before])
            named = _is_end(events.iloc[at]) and not _is_end(events.iloc[before])
            certainly = named or (fits and stated_s[at] == 0 and stated_s[before] > 0)
            if certainly or fits:
                (certain if certainly else similar).append((before, int(at)))
                before = None
                continue
        before = int(at)
    return certain, similar


def _check_length(
    recording: Recording, infos: Mapping[Path, VideoInfo], start: int, end: int, onset_s: Floats
) -> None:
    events = recording.events
    video = events[FILE].iloc[start]
    info, gap_s = infos[video], onset_s[end] - onset_s[start]
    if not _fits(info, gap_s):
        raise UserError(
            f"{recording.events_path}, rows {events.index[start] + 1} and {events.index[end] + 1}",
            expected=f"start and end of {video.name} {info.duration_s:.3f} s apart, its length",
            found=f"{gap_s:.3f} s",
            next_step="correct onset, or cut the video to the part that was shown",
        )


def _fits(info: VideoInfo, gap_s: float) -> bool:
    """Return whether a distance in s is the length of the pictures or of the longer sound."""
    longest_s = max(info.duration_s, info.file_s)
    return info.duration_s - 1 / info.fps <= gap_s <= longest_s + _LATE_S


def _check_starts(recording: Recording, kept: pd.DataFrame) -> None:
    for index, row in kept.iterrows():
        labels = [str(row[name]) for name in _LABELS if name in row and pd.notna(row[name])]
        if any(is_general(label) and _words(label) & _END for label in labels):
            raise UserError(
                recording.row(int(str(index))),
                expected="the start of a video",
                found=f"its end ({', '.join(labels)}), and no start of it right before",
                next_step="add the start, or remove the row",
            )


def _differ(firsts: pd.DataFrame, seconds_: pd.DataFrame) -> bool:
    """Return whether no label of the first rows occurs in the second rows, in some column."""
    labels = [name for name in _LABELS if name in firsts and firsts[name].notna().all()]
    return any(set(firsts[name]).isdisjoint(seconds_[name]) for name in labels)


def _is_end(row: pd.Series) -> bool:
    labels = [str(row[name]) for name in _LABELS if name in row and pd.notna(row[name])]
    return any(_words(label) & _END for label in labels)


def _words(text: str) -> set[str]:
    """Split a label, also `videoStart`, into words in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+", text)}
