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
from videeg_pipe.runtime.files import sha256_array, sha256_file
from videeg_pipe.runtime.progress import progress
from videeg_pipe.sources.bids.clips import check_ends, clips_of
from videeg_pipe.sources.bids.events import Recording, with_events
from videeg_pipe.sources.bids.gaps import samples_to_fill
from videeg_pipe.sources.bids.listing import (
    FORMATS,
    eeg_files,
    nothing_shown,
    other_formats,
    places,
    unnamed_files,
)
from videeg_pipe.sources.bids.opening import Opened, open_recording
from videeg_pipe.sources.copies import check_copies
from videeg_pipe.sources.findings import Finding, findings_table
from videeg_pipe.sources.participants import participants_table
from videeg_pipe.sources.signal import check_amplitudes, check_channels, examine, normalisation
from videeg_pipe.sources.videos import video_findings, videos_table
from videeg_pipe.stimuli.video import probe_video

_UV_PER_V = 1e6
_CHUNK_S = 60.0


def make_tables(config: Mapping[str, Any], root: Path) -> dict[str, pd.DataFrame]:
    """Check a BIDS-EEG data set and describe it.

    Args:
        config: `path` and `subjects` of `source`, and `bids`.
        root: Folder of the data set.

    Returns:
        The tables recordings, clips, videos, participants and findings.

    Raises:
        UserError: naming the first file that is missing or not as expected.
    """
    bids = section(BidsOptions, config["bids"])
    source = section(SourceOptions, config["source"])
    findings: list[Finding] = []
    shown = _shown(root, source, bids, findings)
    paths = sorted({path for recording in shown for path in recording.events["video"]})
    infos = {path: probe_video(path) for path in progress(paths, "videos")}
    found = [clips_of(recording, infos, bids, findings) for recording in shown]
    clips = pd.concat(found, ignore_index=True)
    numbers = {name: number for number, name in enumerate(sorted(set(clips["concept"])), start=1)}
    clips["concept_id"] = clips["concept"].map(numbers)
    recordings = pd.DataFrame(_recordings(shown, clips, source, bids, findings))
    check_ends(shown, recordings, clips)
    videos = videos_table(
        # `License` of dataset_description.json is that of the recordings
        infos,
        licence="not stated",
        redistributable=bids.redistributable_videos,
    )
    for _, same in videos.groupby("sha256"):
        if len(same) > 1:
            what = f"{', '.join(same['video_id'])} are the same video; they count as several."
            findings.append(Finding(str(same["path"].iloc[0]), "assumed", what))
    participants, about_people = participants_table(
        list(dict.fromkeys(recording.subject for recording in shown)), root / "participants.tsv"
    )
    return {
        "recordings": recordings,
        "clips": clips,
        "videos": videos,
        "participants": participants,
        "findings": findings_table([*video_findings(infos), *findings, *about_people]),
    }


def _shown(
    root: Path, source: SourceOptions, bids: BidsOptions, findings: list[Finding]
) -> list[Recording]:
    """Return the recordings that show a video.

    Raises:
        UserError: if there are none.
    """
    for path in unnamed_files(root):
        what = "its name or format is not read: expected sub-*_task-*_eeg.{vhdr,bdf,edf,set}."
        findings.append(Finding(str(path), "skipped", what))
    paths = [path for paths in eeg_files(source, bids).values() for path in paths]
    for path in paths:
        others = [other.suffix for other in other_formats(path)[1:]]
        if others:
            what = f"the recording lies there as {', '.join(others)} too; {path.suffix} is used "
            what += f"(the order is {', '.join(FORMATS)})."
            findings.append(Finding(str(path), "assumed", what))
    shown = [with_events(root, bids, path, findings) for path in paths]
    kept = [recording for recording in shown if recording is not None]
    if not kept:
        raise nothing_shown(root, paths)
    return kept


def _recordings(
    shown: list[Recording],
    clips: pd.DataFrame,
    source: SourceOptions,
    bids: BidsOptions,
    findings: list[Finding],
) -> Iterator[dict[str, Any]]:
    where, notes = places([recording.path for recording in shown])
    findings.extend(Finding(str(shown[0].path), "assumed", note) for note in notes)
    contents: dict[str, str] = {}
    for recording, place in zip(progress(shown, "EEG files"), where, strict=True):
        opened = open_recording(recording.path, units=source.units, electrodes=bids.electrodes)
        raw = opened.raw
        findings += opened.findings
        file = str(recording.path)
        signal = examine(file, _chunks(opened), raw.ch_names, raw.n_times, raw.info["sfreq"])
        check_channels(file, signal, raw.ch_names)
        if not isinstance(source.units, float):
            normalised = normalisation([signal], per_uv=1 / _UV_PER_V)
            check_amplitudes(file, signal.spread * _UV_PER_V, normalised)
        # another header, such as another name of the person, changes the file's checksum
        contents[file] = sha256_array(opened.volts(stop=round(_CHUNK_S * raw.info["sfreq"])))
        check_copies(contents)
        own = clips[clips["recording_id"] == recording.recording_id]
        clips_s = np.column_stack([own["onset_s"], own["onset_s"] + own["duration_s"]])
        n_filled = samples_to_fill(recording.path, raw, clips_s, bids.onsets, findings)
        yield {
            "recording_id": recording.recording_id,
            **dict(zip(("subject", "session", "block"), place, strict=True)),
            "path": file,
            "sfreq": raw.info["sfreq"],
            "n_samples": raw.n_times + n_filled,
            "n_channels": len(raw.ch_names),
            "scale_to_uv": _UV_PER_V,  # MNE gives volts
            # of the file with the samples, not of its header
            "sha256": sha256_file(Path(raw.filenames[0])),
            "truth_path": None,
            "units": str(source.units),
            "electrodes": bids.electrodes,
        }


def _chunks(opened: Opened) -> Iterator[NDArray[np.float64]]:
    n_samples = opened.raw.n_times
    step = round(_CHUNK_S * opened.raw.info["sfreq"])
    for start in range(0, n_samples, step):
        yield opened.volts(start, min(start + step, n_samples))
