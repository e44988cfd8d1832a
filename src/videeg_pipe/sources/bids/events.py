"""Events of BIDS recordings, and the clips that they show."""

import mimetypes
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from mne_bids import get_bids_path_from_fname
from numpy.typing import NDArray

from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.contracts.tables import EMOTIONS
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing
from videeg_pipe.sources.tsv import read_tsv
from videeg_pipe.sources.videos import video_ids
from videeg_pipe.stimuli.video import VideoInfo


@dataclass(frozen=True)
class Recording:
    """One EEG file and the videos shown in it."""

    path: Path
    subject: str
    session: str | None
    run: str | None
    events_path: Path
    events: pd.DataFrame  # rows that show a video; column `video` holds its file

    @property
    def recording_id(self) -> str:
        """The BIDS name without suffix."""
        return self.path.name.rsplit("_", 1)[0]


def with_events(root: Path, bids: BidsOptions, subject: str, path: Path) -> Recording:
    """Return a recording with the events that show a video.

    Raises:
        UserError: if the file, its events or a video is missing or not as expected.
    """
    if not path.is_file():  # a link whose target was not downloaded
        raise missing(path)
    bids_path = get_bids_path_from_fname(path, verbose="error")
    # beside the recording or, by BIDS' inheritance principle, in a parent folder
    found = bids_path.find_matching_sidecar("events", ".tsv", on_error="ignore")
    if found is None:
        raise UserError(
            str(path),
            expected="an events file beside it, *_events.tsv",
            found="none",
            next_step="write one with onset, duration, trial_type and stim_file per video",
        )
    events_path = Path(str(found))
    events = read_tsv(events_path)
    _check_columns(events_path, events, bids)
    files = [
        _stimulus(root, bids, events_path, name) if isinstance(name, str) else None
        for name in events["stim_file"]
    ]
    shows = events.assign(video=pd.Series(files, dtype=object)).dropna(subset=["video"])
    if shows.empty:
        raise UserError(
            str(events_path),
            expected="events whose stim_file is a video",
            found="only pictures or sounds",
            next_step="leave the recording out with source.subjects or bids.task",
        )
    entities = bids_path.entities
    return Recording(path, subject, entities["session"], entities["run"], events_path, shows)


def _check_columns(path: Path, events: pd.DataFrame, bids: BidsOptions) -> None:
    absent = [name for name in ("onset", "duration", "stim_file") if name not in events]
    if not absent and events["stim_file"].isna().all():
        absent = ["any value of stim_file"]
    if absent:
        raise UserError(
            str(path),
            expected="columns onset, duration and stim_file for each video shown",
            found=f"{', '.join(events.columns)}, without {', '.join(absent)}",
            next_step=f"add it; stim_file names a video relative to {bids.stimuli}/, a duration "
            "may be n/a for the video's own length",
        )


def _stimulus(root: Path, bids: BidsOptions, events_path: Path, name: str) -> Path | None:
    """Return the file that `stim_file` names; None for a picture or a sound."""
    path = root / bids.stimuli / name
    # links are followed: an untrusted data set must not make us read files outside it
    if Path(name).is_absolute() or not path.resolve().is_relative_to(root.resolve()):
        raise UserError(
            str(events_path),
            expected=f"stim_file inside the data set, relative to {bids.stimuli}/",
            found=f"{name!r}, which lies outside",
            next_step=f"copy the video to {root / bids.stimuli} and name it there",
        )
    kind = mimetypes.guess_type(name)[0] or ""
    if kind.startswith(("image/", "audio/")):
        return None
    if not path.is_file():
        raise UserError(
            str(path),
            expected=f"the video that {events_path} names",
            found="no such file",
            next_step=f"put it in place, or correct stim_file or bids.stimuli ({bids.stimuli})",
        )
    return path


def clips_of(recording: Recording, infos: dict[Path, VideoInfo]) -> pd.DataFrame:
    """Return the clips of one recording; their concepts are numbered later.

    Raises:
        UserError: for an onset, duration or emotion that is not as expected.
    """
    events = recording.events
    onset_s = _numbers(recording, "onset")
    ids = video_ids(infos)
    stated_s = _numbers(recording, "duration")
    video_id = [ids[path] for path in events["video"]]
    concept = _column(events, "trial_type").fillna(pd.Series(video_id, events.index, dtype=str))
    return pd.DataFrame(
        {
            "clip_id": [f"{recording.recording_id}-c{place:03d}" for place in range(len(events))],
            "recording_id": recording.recording_id,
            "onset_s": onset_s,
            "duration_s": [
                _duration(recording, path, infos[path], float(stated))
                for path, stated in zip(events["video"], stated_s, strict=True)
            ],
            "video_id": video_id,
            "video_start_s": 0.0,
            "concept_id": 0,  # numbered when all concepts of the data set are known
            "concept": concept.to_list(),
            "concept_group": None,
            "emotion": _emotions(recording).to_list(),
            "caption": _column(events, "caption").to_list(),
        }
    )


def _column(events: pd.DataFrame, name: str) -> pd.Series:
    empty = pd.Series(None, events.index, dtype=object)
    return events[name].astype(object) if name in events else empty


def _numbers(recording: Recording, column: str) -> NDArray[np.float64]:
    """Seconds of each event; NaN for n/a, which is not allowed for an onset."""
    text = recording.events[column]
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    wrong = ~np.isfinite(numbers) & (text.notna().to_numpy() | (column == "onset")) | (numbers < 0)
    if wrong.any():
        raise UserError(
            f"{recording.events_path}, row {recording.events.index[wrong][0] + 1}",
            expected=f"{column} in seconds, 0 or more",
            found=str(text[wrong].iloc[0]),
            next_step="correct the data set; the BIDS validator gives details",
        )
    return numbers


def _duration(recording: Recording, path: Path, info: VideoInfo, stated_s: float) -> float:
    """Length of a clip: the event's duration, at most up to the last picture."""
    frame_s = 1 / info.fps
    if np.isnan(stated_s):
        return info.duration_s
    # where sound outlasts the pictures, the event is as long as the sound
    if min(abs(stated_s - info.duration_s), abs(stated_s - info.file_s)) > frame_s:
        raise UserError(
            str(recording.events_path),
            expected=f"a duration of {info.duration_s:.3f} s, the length of {path}",
            found=f"{stated_s:g} s",
            next_step="correct it, write n/a for the video's own length, or cut the video",
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


def check_ends(shown: list[Recording], recordings: pd.DataFrame, clips: pd.DataFrame) -> None:
    """Check that every clip ends before its recording does; raise a UserError otherwise."""
    length_s = (recordings["n_samples"] / recordings["sfreq"]).set_axis(recordings["recording_id"])
    sample_s = (1 / recordings["sfreq"]).set_axis(recordings["recording_id"])
    end_s = clips["onset_s"] + clips["duration_s"]
    late = end_s > clips["recording_id"].map(length_s) + clips["recording_id"].map(sample_s) / 2
    for name, end in zip(clips["recording_id"][late], end_s[late], strict=True):
        recording = next(one for one in shown if one.recording_id == name)
        raise UserError(
            str(recording.events_path),
            expected=f"videos that end within the recording's {length_s[name]:.2f} s",
            found=f"one that ends at {end:.2f} s",
            next_step="correct onset, or remove the event if the recording was stopped early",
        )
