"""Tables of a data set: one recording per block, one clip per trial."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mne
import pandas as pd

from videeg_pipe.config import section
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.contracts.constants import UV_PER_V
from videeg_pipe.runtime.files import checked, read_record, sha256_file
from videeg_pipe.sources.findings import Finding, findings_table
from videeg_pipe.sources.moabb.listing import RECORD, block_file, facts, people, program_file
from videeg_pipe.sources.participants import participants_table
from videeg_pipe.sources.survey import Survey
from videeg_pipe.sources.videos import videos_table
from videeg_pipe.stimuli.video import probe_video


def make_tables(
    config: Mapping[str, Any], root: Path, survey: Survey | None = None
) -> dict[str, pd.DataFrame]:
    """Describe the blocks that `moabb_person` wrote.

    Args:
        config: `path`, `dataset` and `subjects` of `source`.
        root: Folder with one folder per person.
        survey: Not used: MOABB checks its files.

    Returns:
        The tables recordings, clips, videos, participants and findings.

    Raises:
        UserError: if a file of a person is missing or damaged.
    """
    source = section(SourceOptions, config["source"])
    row, subjects = facts(source), people(source)
    recordings, clips = [], []
    programs: dict[str, Path] = {}
    found = [Finding(row.name, "assumed", what) for what in row.unknown]
    for subject in subjects:
        folder = root / subject
        record = read_record(folder / RECORD)
        trials = pd.DataFrame(record["trials"])
        found += [Finding(row.name, "repaired", what) for what in record["found"]]
        for block, own in trials.groupby("block"):
            name = f"{subject}_block-{int(str(block)):02d}"
            path = folder / block_file(int(str(block)))
            checked(path, record["files"][path.name], listed_in=folder / RECORD)
            recordings.append(_recording(name, subject, int(str(block)), path))
            clips.append(_clips(name, own, row.trial_s))
        for stimulus in sorted(set(trials["stimulus"])):
            name = program_file(stimulus)
            path = checked(folder / name, record["files"][name], listed_in=folder / RECORD)
            programs.setdefault(stimulus, path)
    table = pd.concat(clips, ignore_index=True)
    order = {name: number for number, name in enumerate(sorted(programs, key=_order))}
    table = table.assign(concept_id=table["video_id"].map(order))
    participants, more = participants_table(subjects, Path(str(source.path)) / "participants.tsv")
    shown = {programs[name]: probe_video(programs[name]) for name in order}
    return {
        "recordings": pd.DataFrame(recordings),
        "clips": table[[name for name in _CLIP_COLUMNS if name in table]],
        "videos": videos_table(shown, licence=_PICTURES, redistributable=True),
        "participants": participants,
        "findings": findings_table([*found, *more]),
    }


_PICTURES = "MIT"
"""Licence of the pictures: the project draws all of them, whatever the recordings' licence."""
_CLIP_COLUMNS = (
    *("clip_id", "recording_id", "onset_s", "duration_s", "video_id", "video_start_s"),
    *("concept_id", "concept", "concept_group", "emotion", "caption", "phase_known"),
)


def _recording(name: str, subject: str, block: int, path: Path) -> dict[str, Any]:
    raw = mne.io.read_raw_fif(path, verbose="error")
    return {
        "recording_id": name,
        "subject": subject,
        "session": 1,
        "block": block,
        "path": str(path),
        "sfreq": float(raw.info["sfreq"]),
        "n_samples": raw.n_times,
        "n_channels": len(raw.ch_names),
        "scale_to_uv": UV_PER_V,
        "sha256": sha256_file(path),
        "truth_path": None,
    }


def _clips(recording: str, trials: pd.DataFrame, trial_s: float) -> pd.DataFrame:
    numbers = range(1, len(trials) + 1)
    return pd.DataFrame(
        {
            "clip_id": [f"{recording}_trial-{number:02d}" for number in numbers],
            "recording_id": recording,
            "onset_s": trials["onset_s"].to_numpy(),
            "duration_s": trial_s,
            "video_id": trials["stimulus"].to_numpy(),
            "video_start_s": trials["start_s"].to_numpy(),
            "concept": [_words(name) for name in trials["stimulus"]],
            "concept_group": None,
            "emotion": None,
            "caption": None,
            "phase_known": trials["phase_known"].to_numpy(),
        }
    )


def _words(stimulus: str) -> str:
    """A stimulus in words: flicker at 13 Hz."""
    if stimulus.startswith("flicker-"):
        return f"flicker at {stimulus.removeprefix('flicker-').removesuffix('hz')} Hz"
    return stimulus.replace("-", " ")


def _order(stimulus: str) -> tuple[float, str]:
    """Flicker by frequency, then the others by name."""
    digits = stimulus.removeprefix("flicker-").removesuffix("hz")
    return (float(digits), "") if stimulus.startswith("flicker-") else (float("inf"), stimulus)
