"""Tables of a BIDS-EEG data set with videos as stimuli."""

import logging
import mimetypes
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pandas as pd
from mne_bids import BIDSPath, get_bids_path_from_fname, read_raw_bids
from numpy.typing import NDArray

from videeg_pipe.config import section
from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.contracts.tables import EMOTIONS
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing, read_json, sha256_file
from videeg_pipe.runtime.progress import progress
from videeg_pipe.sources.bids.listing import eeg_files
from videeg_pipe.sources.participants import participants_table, read_tsv
from videeg_pipe.sources.signal import SPREAD_UV, check_channels, examine
from videeg_pipe.sources.videos import video_ids, videos_table
from videeg_pipe.stimuli.video import VideoInfo, probe_video

logger = logging.getLogger(__name__)

_MIN_CHANNELS = 16
_MIN_SFREQ = 100.0
_UV_PER_V = 1e6
_CHUNK_S = 60.0
_VALIDATOR = "correct the data set; the BIDS validator gives details"


@dataclass(frozen=True)
class _Recording:
    """One EEG file and the videos shown in it."""

    path: Path
    bids_path: BIDSPath
    subject: str
    session: str | None
    run: str | None
    events_path: Path
    events: pd.DataFrame  # rows that show a video; column `video` holds its file

    @property
    def recording_id(self) -> str:
        """The BIDS name without suffix."""
        return self.path.name.rsplit("_", 1)[0]


def make_tables(config: Mapping[str, Any], root: Path) -> dict[str, pd.DataFrame]:
    """Check a BIDS-EEG data set and describe it.

    Args:
        config: `path` and `subjects` of `source`, and `bids`.
        root: Folder of the data set.

    Returns:
        The tables recordings, clips, videos and participants.

    Raises:
        UserError: naming the first file that is missing or not as expected.
    """
    bids = section(BidsOptions, config["bids"])
    files = eeg_files(section(SourceOptions, config["source"]), bids)
    shown = [
        _with_events(root, bids, subject, path)
        for subject, paths in files.items()
        for path in paths
    ]
    paths = sorted({path for recording in shown for path in recording.events["video"]})
    infos = {path: probe_video(path) for path in progress(paths, "videos")}
    clips = pd.concat([_clips(recording, infos) for recording in shown], ignore_index=True)
    numbers = {name: number for number, name in enumerate(sorted(set(clips["concept"])), start=1)}
    clips["concept_id"] = clips["concept"].map(numbers)
    recordings = pd.DataFrame(_recordings(shown))
    _check_ends(shown, recordings, clips)
    return {
        "recordings": recordings,
        "clips": clips,
        "videos": videos_table(
            infos, licence=_licence(root), redistributable=bids.redistributable_videos
        ),
        "participants": participants_table(list(files), root / "participants.tsv"),
    }


def _with_events(root: Path, bids: BidsOptions, subject: str, path: Path) -> _Recording:
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
    return _Recording(
        path, bids_path, subject, entities["session"], entities["run"], events_path, shows
    )


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


def _clips(recording: _Recording, infos: dict[Path, VideoInfo]) -> pd.DataFrame:
    """Clips of one recording; their concepts are numbered later."""
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


def _numbers(recording: _Recording, column: str) -> NDArray[np.float64]:
    """Seconds of each event; NaN for n/a, which is not allowed for an onset."""
    text = recording.events[column]
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    wrong = ~np.isfinite(numbers) & (text.notna().to_numpy() | (column == "onset")) | (numbers < 0)
    if wrong.any():
        raise UserError(
            f"{recording.events_path}, row {recording.events.index[wrong][0] + 1}",
            expected=f"{column} in seconds, 0 or more",
            found=str(text[wrong].iloc[0]),
            next_step=_VALIDATOR,
        )
    return numbers


def _duration(recording: _Recording, path: Path, info: VideoInfo, stated_s: float) -> float:
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


def _emotions(recording: _Recording) -> pd.Series:
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


def _recordings(shown: list[_Recording]) -> Iterator[dict[str, Any]]:
    sessions = _session_numbers(shown)
    blocks = _blocks(shown)
    for recording, block in zip(progress(shown, "EEG files"), blocks, strict=True):
        raw = _open(recording)
        file = str(recording.path)
        signal = examine(file, _chunks(raw), raw.ch_names, raw.n_times)
        check_channels(file, signal, raw.ch_names)
        spread_uv = signal.spread * _UV_PER_V
        if not SPREAD_UV[0] <= spread_uv <= SPREAD_UV[1]:
            logger.warning(
                "%s: a robust SD of %.3g uV is implausible for EEG: check units in channels.tsv",
                file,
                spread_uv,
            )
        yield {
            "recording_id": recording.recording_id,
            "subject": recording.subject,
            "session": sessions[recording.session],
            "block": block,
            "path": file,
            "sfreq": raw.info["sfreq"],
            "n_samples": raw.n_times,
            "n_channels": len(raw.ch_names),
            "scale_to_uv": _UV_PER_V,  # MNE gives volts
            "sha256": sha256_file(
                Path(raw.filenames[0])
            ),  # of the file with the samples, not of its header
            "truth_path": None,
        }


def _chunks(raw: mne.io.BaseRaw) -> Iterator[NDArray[np.float64]]:
    step = round(_CHUNK_S * raw.info["sfreq"])
    for start in range(0, raw.n_times, step):
        yield raw.get_data(start=start, stop=min(start + step, raw.n_times))


def _open(recording: _Recording) -> mne.io.BaseRaw:
    """Open the EEG channels of a recording, after checks of number, positions and rate."""
    file = str(recording.path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the checks below replace its warnings
            raw = read_raw_bids(recording.bids_path, verbose="error")
    except Exception as error:  # each format's reader raises its own errors
        raise UserError(
            file,
            expected="a BIDS-EEG recording that mne-bids reads",
            found=f"{type(error).__name__}: {error}",
            next_step=_VALIDATOR,
        ) from error
    types = Counter(raw.get_channel_types())
    if types["eeg"] < _MIN_CHANNELS:
        raise UserError(
            file,
            expected=f"at least {_MIN_CHANNELS} EEG channels",
            found=f"{types['eeg']}",
            next_step="check the types in channels.tsv, or leave the recording out",
        )
    raw.pick("eeg", exclude=[])
    positions = np.array([channel["loc"][:3] for channel in raw.info["chs"]])
    missing_at = ~np.isfinite(positions).all(axis=1) | (positions == 0).all(axis=1)
    if missing_at.any():
        names = [name for name, none in zip(raw.ch_names, missing_at, strict=True) if none]
        raise UserError(
            file,
            expected="a position of every EEG channel in *_electrodes.tsv and *_coordsystem.json",
            found=f"none of {', '.join(names)}",
            next_step="add them, or change the type of channels off the scalp in channels.tsv",
        )
    if raw.info["sfreq"] < _MIN_SFREQ:
        raise UserError(
            file,
            expected=f"a sampling rate of at least {_MIN_SFREQ:g} Hz",
            found=f"{raw.info['sfreq']:g} Hz",
            next_step="leave the recording out",
        )
    return raw


def _session_numbers(shown: list[_Recording]) -> dict[str | None, int]:
    """Number the sessions: by their own numbers, or in the order of their names."""
    numbers: dict[str | None, int] = {None: 1}
    names = sorted({recording.session for recording in shown if recording.session is not None})
    if all(name.isdecimal() and int(name) > 0 for name in names):
        return numbers | {name: int(name) for name in names}
    return numbers | {name: number for number, name in enumerate(names, start=1)}


def _blocks(shown: list[_Recording]) -> list[int]:
    """Block of each recording: its run, or its place where two files of a session share a run."""
    runs = [int(recording.run or 1) for recording in shown]
    sessions = [(recording.subject, recording.session) for recording in shown]
    unique = len(set(zip(sessions, runs, strict=True))) == len(shown)
    if unique and min(runs) > 0:
        return runs
    logger.warning("runs are not numbered 1, 2, ...: blocks follow the order of file names")
    seen: Counter[tuple[str, str | None]] = Counter()
    blocks = []
    for session in sessions:
        seen[session] += 1
        blocks.append(seen[session])
    return blocks


def _check_ends(shown: list[_Recording], recordings: pd.DataFrame, clips: pd.DataFrame) -> None:
    """Check that every clip ends before its recording does."""
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


def _licence(root: Path) -> str:
    path = root / "dataset_description.json"
    facts = read_json(path) if path.is_file() else {}
    licence = facts.get("License") if isinstance(facts, dict) else None
    return str(licence or "none stated")
