"""Make clips from the events of BIDS recordings."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.contracts.tables import EMOTIONS
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.end_rows import is_general, without_end_rows
from videeg_pipe.sources.bids.events import FILE, Recording, seconds
from videeg_pipe.sources.findings import Finding
from videeg_pipe.sources.subjects import did_you_mean
from videeg_pipe.sources.videos import video_ids
from videeg_pipe.stimuli.video import VideoInfo


def clips_of(
    recording: Recording, infos: dict[Path, VideoInfo], bids: BidsOptions, findings: list[Finding]
) -> pd.DataFrame:
    """Return the clips of one recording; their concepts are numbered later.

    Duplicate rows are dropped. A pair of start and end rows of one video gives a single clip.

    Raises:
        UserError: for an onset, duration or emotion that is not as expected, or if two videos are
            shown at once.
    """
    recording = _without_repetitions(recording, bids, findings)
    recording = without_end_rows(recording, infos, findings)
    events = recording.events
    stated_s = seconds(recording, "duration")
    ids = video_ids(infos)
    video_id = [ids[path] for path in events[FILE]]
    clips = pd.DataFrame(
        {
            "clip_id": [f"{recording.recording_id}-c{place:03d}" for place in range(len(events))],
            "recording_id": recording.recording_id,
            "onset_s": seconds(recording, "onset"),
            "duration_s": [
                _duration(recording, index, path, infos[path], float(stated))
                for index, path, stated in zip(events.index, events[FILE], stated_s, strict=True)
            ],
            "video_id": video_id,
            "video_start_s": 0.0,
            "concept_id": 0,  # numbered when all concepts of the data set are known
            "concept": _concepts(recording, bids, video_id, findings),
            "concept_group": None,
            "emotion": _emotions(recording).to_list(),
            "caption": _column(events, "caption").to_list(),
        }
    )
    _check_one_at_a_time(recording, clips, infos)
    # no window begins before the first picture, where sound starts before the pictures
    first_s = np.array([infos[path].first_s for path in events[FILE]])
    return clips.assign(
        onset_s=clips["onset_s"] + first_s,
        duration_s=clips["duration_s"] - first_s,
        video_start_s=first_s,
    )


def _without_repetitions(
    recording: Recording, bids: BidsOptions, findings: list[Finding]
) -> Recording:
    """Drop rows that equal an earlier row in all columns from which clips are made."""
    events = recording.events
    used = ["onset", "duration", FILE, "trial_type", "emotion", "caption", bids.concept]
    texts = events[[name for name in dict.fromkeys(used) if name in events]]
    repeated = texts.assign(onset=seconds(recording, "onset")).duplicated()
    if repeated.any():
        what = f"{repeated.sum()} of {len(events)} rows repeat another row; they count once."
        findings.append(Finding(str(recording.events_path), "repaired", what))
    return recording.with_events(events[~repeated])


def _concepts(
    recording: Recording, bids: BidsOptions, video_id: list[str], findings: list[Finding]
) -> list[str]:
    """Return the concept per event: from the chosen column, otherwise the name of the video.

    Raises:
        UserError: if the chosen column is absent.
    """
    events = recording.events
    if bids.concept is not None and bids.concept not in events:
        raise UserError(
            str(recording.events_path),
            expected=f"the column {bids.concept} of bids.concept",
            found=f"{', '.join(events.columns.drop(FILE))}"
            f"{did_you_mean(bids.concept, events.columns.drop(FILE))}",
            next_step="correct bids.concept, or set it to null",
        )
    named = _column(events, bids.concept or "trial_type").str.strip()
    if bids.concept is None:
        general = named.map(is_general, na_action="ignore").eq(True)
        if general.any():
            words = ", ".join(sorted(set(named[general])))
            what = f"Values of trial_type name no content ({words}): concepts are the "
            what += "names of the videos, unless bids.concept names another column."
            findings.append(Finding(str(recording.events_path), "assumed", what))
        named = named.mask(general)
    return named.fillna(pd.Series(video_id, events.index, dtype=object)).to_list()


def _column(events: pd.DataFrame, name: str) -> pd.Series:
    empty = pd.Series(None, events.index, dtype=object)
    return events[name].astype(object) if name in events else empty


def _duration(
    recording: Recording, index: int, path: Path, info: VideoInfo, stated_s: float
) -> float:
    """Return the length of a clip in s: that of the event, at most that of the pictures."""
    frame_s = 1 / info.fps
    if np.isnan(stated_s):
        return info.duration_s
    # where sound outlasts the pictures, the event is as long as the sound
    if min(abs(stated_s - info.duration_s), abs(stated_s - info.file_s)) > frame_s:
        only_mark = "write n/a if the row marks the start of the video, remove it if it marks the "
        only_mark += "end of one that another row starts"
        raise UserError(
            recording.row(index),
            expected=f"a duration of {info.duration_s:.3f} s, the length of {path}",
            found=f"{stated_s:g} s",
            next_step=only_mark
            if stated_s == 0
            else "correct it, write n/a for the video's own length, or cut the video",
        )
    return min(stated_s, info.duration_s)


def _emotions(recording: Recording) -> pd.Series:
    named = _column(recording.events, "emotion").str.strip().str.lower()
    unknown = set(named.dropna()) - set(EMOTIONS)
    if unknown:
        raise UserError(
            str(recording.events_path),
            expected=f"emotion {', '.join(EMOTIONS)} or n/a",
            found=", ".join(sorted(unknown)),
            next_step="rename it, or remove the column",
        )
    return named


def _check_one_at_a_time(
    recording: Recording, clips: pd.DataFrame, infos: dict[Path, VideoInfo]
) -> None:
    """Check that no video starts while another one runs, but for a frame; raise a UserError."""
    rows, files = recording.events.index, recording.events[FILE].to_list()
    onset_s = clips["onset_s"].to_numpy(float)
    end_s = onset_s + clips["duration_s"].to_numpy(float)
    for first, second in pairwise(np.argsort(onset_s, kind="stable")):
        if end_s[first] - onset_s[second] > 1 / infos[files[first]].fps:
            raise UserError(
                f"{recording.events_path}, rows {rows[first] + 1} and {rows[second] + 1}",
                expected="one video at a time",
                found=f"{files[second].name} starting at {onset_s[second]:g} s, while "
                f"{files[first].name} runs until {end_s[first]:g} s",
                next_step="correct onset, or remove the row that shows no video of its own",
            )


def check_ends(recording: Recording, clips: pd.DataFrame, *, n_samples: int, sfreq: float) -> None:
    """Check that the clips of a recording end before it does; raise a UserError otherwise.

    Onsets in milliseconds must not fit the recording as seconds: side files that state milliseconds
    of seconds occur.
    """
    end_s = clips["onset_s"].to_numpy(float) + clips["duration_s"].to_numpy(float)
    length_s = n_samples / sfreq
    onset_s, per_second = clips["onset_s"].to_numpy(float), recording.units_per_second
    stored = onset_s * (per_second - 1) + end_s  # ends, were onsets in seconds
    if per_second != 1 and onset_s.any() and (stored <= length_s).all():
        raise UserError(
            str(recording.events_path),
            expected="onsets that fit the unit of its side file only",
            found=f"{per_second:g} units per second, but onsets that fit {length_s:.2f} s as "
            "seconds too",
            next_step="write onset and duration in seconds, and s into Units of the side file",
        )
    late = np.flatnonzero(end_s > length_s + 0.5 / sfreq)
    if late.size:
        start_s = onset_s[late[0]] - clips["video_start_s"].iloc[late[0]]
        event = int(np.argmin(np.abs(seconds(recording, "onset") - start_s)))
        raise UserError(
            recording.row(recording.events.index[event]),
            expected=f"videos that end within the recording's {length_s:.2f} s",
            found=f"one that ends at {end_s[late[0]]:.2f} s",
            next_step="correct onset, or remove the event if the recording was stopped early",
        )
