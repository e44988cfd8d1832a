"""Splits of windows, and a check of the split before anything long runs."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from videeg_pipe.config.split import SplitOptions
from videeg_pipe.config.windows import WindowsOptions
from videeg_pipe.contracts.tables import SPLITS, read_table
from videeg_pipe.preprocess.split import held_out
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_json

_SAMPLE_S = 0.01  # at the lowest sampling rate: a clip may be that much shorter than its window


def assign_splits(
    recording_ids: pd.Series, recordings: pd.DataFrame, split: SplitOptions
) -> pd.Series:
    """Return the split of each window or clip, (n,).

    Args:
        recording_ids: Recording of each, (n,).
        recordings: The `recordings` table.
        split: Runs, sessions, blocks or subjects of validation and test.

    Raises:
        UserError: if `split` names unknown members, or leaves one of the splits empty.
    """
    column = "block" if split.by == "run" else split.by  # a run is BIDS' word for a block
    groups = recording_ids.map(recordings.set_index("recording_id")[column])
    out = pd.Series("train", index=groups.index)
    for name in ("validation", "test"):
        members = held_out(split, name, groups)
        unknown = set(members) - set(groups)
        if unknown:
            raise UserError(
                f"split.{name}",
                expected=f"{split.by}s with windows: {_listed(groups)}",
                found=", ".join(sorted(map(str, unknown))),
                next_step=f"correct split.{name} or split.by; the data have "
                + ", ".join(f"{n} {of}s" for of, n in _counts(recording_ids, recordings).items()),
            )
        chosen = groups.isin(members)
        if (out[chosen] != "train").any():
            raise UserError(
                f"split.{name}",
                expected=f"{split.by}s that are not in split.validation",
                found=_listed(groups[chosen & (out != "train")]),
                next_step="name each of them once; negative numbers count from the end",
            )
        out[chosen] = name
    empty = [name for name in SPLITS if name not in set(out)]
    if empty:
        raise UserError(
            f"split by {split.by}",
            expected="windows in train, validation and test",
            found=f"none in {', '.join(empty)}; the {split.by}s are {_listed(groups)}",
            next_step=_advice(recording_ids, recordings, split),
        )
    return out


def check_split(
    *, recordings: Path, clips: Path, windows: WindowsOptions, split: SplitOptions, out: Path
) -> None:
    """Check that each split has clips that are long enough for a window; write their numbers.

    Args:
        recordings: The `recordings` table.
        clips: The `clips` table.
        windows: `length_s` is read.
        split: Runs, sessions, blocks or subjects of validation and test.
        out: JSON: number of clips per split.

    Raises:
        UserError: if all clips are too short, or as `assign_splits` does.
    """
    shown = read_table(clips, "clips")
    fits = shown["duration_s"] > windows.length_s - _SAMPLE_S
    if not fits.any():
        raise UserError(
            "windows.length_s",
            expected=f"at most the longest clip, {shown['duration_s'].max():g} s",
            found=f"{windows.length_s:g} s",
            next_step="use shorter windows",
        )
    table = read_table(recordings, "recordings")
    splits = assign_splits(shown["recording_id"][fits], table, split)
    write_json(out, {name: int((splits == name).sum()) for name in SPLITS})


def _advice(recording_ids: pd.Series, recordings: pd.DataFrame, split: SplitOptions) -> str:
    """Name the ways to split that have enough members."""
    counts = _counts(recording_ids, recordings)
    enough = [f"{name} ({n})" for name, n in counts.items() if n >= len(SPLITS)]
    if counts.get("run" if split.by == "block" else split.by, 0) >= len(SPLITS):
        return f"name fewer {split.by}s in split.validation and split.test"
    if enough:
        return f"set split.by to {' or '.join(enough)}"
    return "add recordings: at least three people, sessions or runs are needed"


def _counts(recording_ids: pd.Series, recordings: pd.DataFrame) -> dict[str, int]:
    used = recordings[recordings["recording_id"].isin(recording_ids)]
    columns = {"subject": "subject", "session": "session", "run": "block"}
    return {name: used[column].nunique() for name, column in columns.items()}


def _listed(groups: Iterable[object]) -> str:
    return ", ".join(map(str, sorted(set(groups))))  # type: ignore[type-var]
