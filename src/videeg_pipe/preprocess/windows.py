"""Cut clips into windows and assign their splits."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from videeg_pipe.config.split import SplitOptions
from videeg_pipe.config.windows import WindowsOptions
from videeg_pipe.contracts.tables import TABLES, read_table, write_table
from videeg_pipe.preprocess.channels import match_channels, shared_positions
from videeg_pipe.preprocess.split import assign_splits
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import read_record, write_record

logger = logging.getLogger(__name__)

_ROUNDING = 1e-6  # of times in seconds, in samples
_HALF_SAMPLE = 0.5 + _ROUNDING


def cut_windows(
    *,
    recordings: Path,
    clips: Path,
    eeg_manifests: list[Path],
    windows: WindowsOptions,
    split: SplitOptions,
    out: Path,
    index: Path,
) -> None:
    """Write the `cut` table, all windows of all clips with their splits, and the EEG's index.

    The index lists the recordings of this run; those of other runs may lie in the same folder. If a
    person's channels are in another order than the first one's, it states the order of `rows`.

    A window starts at the sample nearest to its time. It may exceed its clip by half a sample, so
    that a clip whose length was rounded down loses no window.

    Args:
        recordings: The `recordings` table.
        clips: The `clips` table.
        eeg_manifests: `eeg/<subject>.json` of every subject.
        windows: Length and stride.
        split: Runs, sessions, blocks or subjects of the validation and test split; the others
            are for training.
        out: Path of the table.
        index: `eeg/index.json`.

    Raises:
        UserError: if subjects differ in channels or sampling rates, a clip ends after its
            recording, a window is longer than every clip, or the split does not fit the data.
    """
    manifests = [read_record(path) for path in eeg_manifests]
    _check_rates(manifests)
    sfreq = manifests[0]["sfreq"]
    order = match_channels({m["subject"]: m["channels"] for m in manifests})
    entries = [
        entry | ({} if rows == sorted(rows) else {"rows": rows})
        for manifest, rows in zip(manifests, order.values(), strict=True)
        for entry in manifest["recordings"]
    ]
    recorded = read_table(recordings, "recordings")
    cut, dropped = plan_windows(recorded, read_table(clips, "clips"), entries, sfreq, windows)
    of = recorded.set_index("recording_id")[["subject", "session", "block"]]
    at = of.loc[cut["recording_id"]].itertuples(index=False, name=None)
    splits = assign_splits(list(at), split)
    write_table(out, "cut", cut.assign(split=splits))
    shared = {
        name: manifests[0][name] for name in ("channels", "positions_m", "sfreq", "reference")
    }
    shared["positions_m"] = shared_positions(
        shared["channels"],
        {m["subject"]: [m["positions_m"][row] for row in order[m["subject"]]] for m in manifests},
    )
    write_record(index, shared | {"recordings": entries, "dropped_windows": dropped})


def plan_windows(
    recordings: pd.DataFrame,
    clips: pd.DataFrame,
    entries: list[dict[str, Any]],
    sfreq: float,
    windows: WindowsOptions,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Place the windows of all clips.

    Args:
        recordings: The `recordings` table.
        clips: The `clips` table.
        entries: `recording_id`, `n_samples` and `segments` of each preprocessed recording.
        sfreq: Their sampling rate, Hz.
        windows: Length and stride.

    Returns:
        The `cut` table without its splits, and the number of windows dropped per reason.

    Raises:
        UserError: if a clip ends after its recording, or no window is left.
    """
    lengths = {entry["recording_id"]: entry["n_samples"] for entry in entries}
    places = recordings[["recording_id", "subject", "block"]]
    shown = clips.merge(places, on="recording_id", validate="many_to_one")
    rows = [
        row
        for clip in shown.itertuples(index=False)
        for row in _windows_of(clip, lengths[clip.recording_id], sfreq, windows)
    ]
    if not rows:
        raise UserError(
            "windows.length_s",
            expected=f"at most the longest clip, {shown['duration_s'].max():g} s",
            found=f"{windows.length_s:g} s",
            next_step="use shorter windows",
        )
    cut = pd.DataFrame(rows)
    columns = [name for name in TABLES["cut"].columns if name in cut]
    return _without_bad(cut[columns], entries, sfreq)


def _windows_of(
    clip: Any, n_recorded: int, sfreq: float, config: WindowsOptions
) -> list[dict[str, Any]]:
    """Windows of one clip, as rows of the `cut` table without their split."""
    if (clip.onset_s + clip.duration_s) * sfreq > n_recorded + 1:
        raise UserError(
            f"clip {clip.clip_id}",
            expected=f"an end within its recording of {n_recorded / sfreq:g} s",
            found=f"one at {clip.onset_s + clip.duration_s:g} s",
            next_step="correct the clip's onset and duration in the source",
        )
    n_samples = max(round(config.length_s * sfreq), 1)
    spare_s = clip.duration_s - (n_samples - _HALF_SAMPLE) / sfreq
    n_windows = int(spare_s // config.stride_s) + 1  # zero or less where the clip is too short
    if n_windows < 1:
        logger.warning("clip %s is too short for a window", clip.clip_id)
    offsets_s = np.arange(n_windows) * config.stride_s
    starts = [round((clip.onset_s + offset_s) * sfreq) for offset_s in offsets_s]
    stated = {"phase_known": clip.phase_known} if hasattr(clip, "phase_known") else {}
    return [
        {
            "window_id": f"{clip.clip_id}-w{place}",
            "recording_id": clip.recording_id,
            "clip_id": clip.clip_id,
            "subject": clip.subject,
            "block": clip.block,
            "start_sample": start,
            "n_samples": n_samples,
            "video_id": clip.video_id,
            "video_time_s": clip.video_start_s + offset_s,
            "concept_id": clip.concept_id,
            "concept": clip.concept,
            "emotion": clip.emotion,
            **stated,
        }
        for place, (start, offset_s) in enumerate(zip(starts, offsets_s, strict=True))
        if start + n_samples <= n_recorded  # rounding at the very end of a recording
    ]


def _without_bad(
    cut: pd.DataFrame, entries: list[dict[str, Any]], sfreq: float
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Drop the windows that touch a pause, a break or a bad segment.

    Returns:
        The other windows, and how many were dropped per reason. A window counts once, under the
        first segment that it touches.

    Raises:
        UserError: if no window is left.
    """
    reason = pd.Series(None, cut.index, dtype=object)
    first, last = cut["start_sample"], cut["start_sample"] + cut["n_samples"]
    for entry in entries:
        own = cut["recording_id"] == entry["recording_id"]
        for segment in entry["segments"]:
            start = segment["onset_s"] * sfreq
            end = start + segment["duration_s"] * sfreq
            # a break has no duration: it lies between two samples
            touched = own & (first < end - _ROUNDING) & (last > start + _ROUNDING)
            reason[touched & reason.isna()] = segment["reason"]
    dropped = {str(name): int(n) for name, n in reason.value_counts().items()}
    if dropped:
        listed = ", ".join(f"{n} {name}" for name, n in dropped.items())
        logger.warning("%d of %d windows are dropped: %s", reason.notna().sum(), len(cut), listed)
    if reason.notna().all():
        raise UserError(
            "windows",
            expected="some that touch no pause and no bad segment",
            found=f"{len(cut)}, all of which touch one: {listed}",
            next_step="use shorter windows (windows.length_s), or correct the annotations",
        )
    return cut[reason.isna()].reset_index(drop=True), dropped


def _check_rates(manifests: list[dict[str, Any]]) -> None:
    for manifest in manifests[1:]:
        if manifest["sfreq"] != manifests[0]["sfreq"]:
            raise UserError(
                f"sampling rates of {manifests[0]['subject']} and {manifest['subject']}",
                expected="the same",
                found=f"{manifests[0]['sfreq']:g} and {manifest['sfreq']:g} Hz",
                next_step=make_again("preprocess"),
            )
