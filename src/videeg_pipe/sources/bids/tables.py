"""Tables of a BIDS-EEG data set with videos as stimuli."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config import section
from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.contracts.constants import UV_PER_V
from videeg_pipe.contracts.programs import is_program, read_program
from videeg_pipe.contracts.tables import TABLES
from videeg_pipe.runtime.files import sha256_file
from videeg_pipe.runtime.progress import progress
from videeg_pipe.sources.bids.clips import check_ends, clips_of
from videeg_pipe.sources.bids.events import FILE, Recording, with_events
from videeg_pipe.sources.bids.gaps import events_beside, samples_to_fill, say_late, segments
from videeg_pipe.sources.bids.listing import (
    FORMATS,
    eeg_files,
    nothing_shown,
    other_formats,
    places,
    unnamed_files,
)
from videeg_pipe.sources.bids.marks import read_marks
from videeg_pipe.sources.bids.opening import Opened, open_recording
from videeg_pipe.sources.copies import Excerpts
from videeg_pipe.sources.findings import Finding, findings_table
from videeg_pipe.sources.participants import participants_table
from videeg_pipe.sources.signal import check_amplitudes, check_channels, examine, normalisation
from videeg_pipe.sources.survey import LOOK_S, Survey, per_file
from videeg_pipe.sources.videos import video_findings, video_ids, videos_table
from videeg_pipe.stimuli.video import VideoInfo, probe_video

_CHUNK_S = 60.0


def make_tables(
    config: Mapping[str, Any], root: Path, survey: Survey | None = None
) -> dict[str, pd.DataFrame]:
    """Check a BIDS-EEG data set and describe it.

    Args:
        config: `path`, `subjects` and `units` of `source`, and `bids`.
        root: Folder of the data set.
        survey: Reads headers and tables only, collects refusals, and leaves out checksums.

    Returns:
        The tables recordings, clips, videos, participants and findings; a survey may leave some
        of them without rows.

    Raises:
        UserError: naming the first file that is missing or not as expected.
    """
    bids = section(BidsOptions, config["bids"])
    source = section(SourceOptions, config["source"])
    findings: list[Finding] = []
    infos: dict[Path, VideoInfo] = {}
    shown: list[Recording] = []
    found: list[pd.DataFrame] = []
    named = _shown(root, source, bids, findings, survey)
    for path in progress(sorted({path for one in named for path in one.events[FILE]}), "videos"):
        with per_file(survey):
            infos[path] = probe_video(path)
    for recording in named:
        if set(recording.events[FILE]) <= set(infos):  # a refused video refuses once
            with per_file(survey):
                found.append(clips_of(recording, infos, bids, findings))
                shown.append(recording)
    columns = list(TABLES["clips"].columns)
    clips = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    numbers = {name: number for number, name in enumerate(sorted(set(clips["concept"])), start=1)}
    clips["concept_id"] = clips["concept"].map(numbers)
    unknown = [path for path in infos if is_program(path) and not read_program(path).phase_known]
    if unknown:
        ids = video_ids(infos)
        clips["phase_known"] = ~clips["video_id"].isin([ids[path] for path in unknown])
    rows = _recordings(shown, clips, source, bids, findings, survey) if shown else ()
    recordings = pd.DataFrame(rows, columns=list(TABLES["recordings"].columns))
    videos = videos_table(
        # `License` of dataset_description.json is that of the recordings
        infos if survey is None else {},  # checksums of videos take long
        licence="not stated",
        redistributable=bids.redistributable_videos,
    )
    for _, same in videos.groupby("sha256") if survey is None else ():
        if len(same) > 1:
            what = f"Videos {', '.join(same['video_id'])} are the same; they count as several."
            findings.append(Finding(str(same["path"].iloc[0]), "assumed", what))
    subjects = list(dict.fromkeys(recording.subject for recording in shown))
    about_people: list[Finding] = []
    participants = pd.DataFrame()
    with per_file(survey):
        participants, about_people = participants_table(subjects, root / "participants.tsv")
    return {
        "recordings": recordings,
        "clips": clips,
        "videos": videos,
        "participants": participants,
        "findings": findings_table([*video_findings(infos), *findings, *about_people]),
    }


def _shown(
    root: Path,
    source: SourceOptions,
    bids: BidsOptions,
    findings: list[Finding],
    survey: Survey | None,
) -> list[Recording]:
    """Return the recordings that show a video.

    Raises:
        UserError: if there are none.
    """
    for path in unnamed_files(root):
        what = "Its name or format is not read: expected sub-*_task-*_eeg.{vhdr,bdf,edf,set}."
        findings.append(Finding(str(path), "skipped", what))
    paths = [path for paths in eeg_files(source, bids).values() for path in paths]
    for path in paths:
        others = [other.suffix for other in other_formats(path)[1:]]
        if others:
            what = f"The recording lies there as {', '.join(others)} too; {path.suffix} is used "
            what += f"(the order is {', '.join(FORMATS)})."
            findings.append(Finding(str(path), "assumed", what))
    kept = []
    for path in paths:
        with per_file(survey):
            recording = with_events(root, bids, path, findings)
            if recording is not None:
                kept.append(recording)
    if not kept and not (survey and survey.refused):
        raise nothing_shown(root, bids, paths)
    return kept


def _recordings(
    shown: list[Recording],
    clips: pd.DataFrame,
    source: SourceOptions,
    bids: BidsOptions,
    findings: list[Finding],
    survey: Survey | None,
) -> Iterator[dict[str, Any]]:
    where, notes = places([recording.path for recording in shown])
    findings.extend(Finding(str(shown[0].path), "assumed", note) for note in notes)
    excerpts = Excerpts()
    channels: list[str] = []  # of the first
    for recording, place in zip(progress(shown, "EEG files"), where, strict=True):
        row: dict[str, Any] | None = None
        with per_file(survey):
            opened = open_recording(recording.path, units=source.units, electrodes=bids.electrodes)
            findings += opened.findings
            file = str(recording.path)
            if survey is None:
                _check_samples(file, opened, source, excerpts)
            else:
                _look(file, opened, survey)
            own = clips[clips["recording_id"] == recording.recording_id]
            clips_s = np.column_stack([own["onset_s"], own["onset_s"] + own["duration_s"]])
            raw = opened.raw
            channels = channels or raw.ch_names
            if raw.ch_names != channels and set(raw.ch_names) == set(channels):
                what = "Its channels are in another order than in the first recording: they are "
                findings.append(Finding(file, "repaired", what + "matched by name."))
            marks = read_marks(recording.path, raw)
            n_filled = samples_to_fill(recording.path, raw, marks, clips_s, bids.onsets, findings)
            made = {
                "recording_id": recording.recording_id,
                **dict(zip(("subject", "session", "block"), place, strict=True)),
                "path": file,
                "sfreq": raw.info["sfreq"],
                "n_samples": raw.n_times + n_filled,
                "n_channels": len(raw.ch_names),
                "scale_to_uv": UV_PER_V,  # MNE gives volts
                # of the file with the samples, not of its header
                "sha256": sha256_file(Path(raw.filenames[0])) if survey is None else "",
                "truth_path": None,
                "units": str(source.units),
                "electrodes": bids.electrodes,
            }
            size = {"n_samples": made["n_samples"], "sfreq": made["sfreq"]}
            check_ends(recording, own, **size)
            events = events_beside(recording.path)
            if events is not None:
                say_late(recording.events_path, events, findings=findings, **size)
            if survey is not None:
                positions = [channel["loc"][:3].tolist() for channel in raw.info["chs"]]
                survey.electrodes[recording.recording_id] = raw.ch_names, positions
                survey.segments[recording.recording_id] = segments(
                    marks, events, clock=n_filled > 0, **size
                )
            row = made
        if row is not None:
            yield row


def _check_samples(file: str, opened: Opened, source: SourceOptions, excerpts: Excerpts) -> None:
    """Read a recording once; check that it is EEG and not the copy of an earlier one."""
    raw = opened.raw
    signal = examine(file, _chunks(opened), raw.ch_names, raw.n_times, raw.info["sfreq"])
    check_channels(file, signal, raw.ch_names)
    if not isinstance(source.units, float):
        normalised = normalisation([signal], per_uv=1 / UV_PER_V)
        check_amplitudes(file, signal.spread * UV_PER_V, normalised)
    # a copy with another header, or in another format, has another checksum
    excerpts.check(file, opened.volts, raw.n_times)


def _look(file: str, opened: Opened, survey: Survey) -> None:
    """Check that a recording is not the copy of an earlier one of equal size and header."""
    raw = opened.raw
    middle = raw.n_times // 2
    stop = middle + round(LOOK_S * raw.info["sfreq"])
    header = (raw.n_times, raw.info["sfreq"], *raw.ch_names, Path(raw.filenames[0]).stat().st_size)
    survey.check_copy(file, header, lambda: opened.volts(middle, min(stop, raw.n_times)))


def _chunks(opened: Opened) -> Iterator[NDArray[np.float64]]:
    n_samples = opened.raw.n_times
    step = round(_CHUNK_S * opened.raw.info["sfreq"])
    for start in range(0, n_samples, step):
        yield opened.volts(start, min(start + step, n_samples))
