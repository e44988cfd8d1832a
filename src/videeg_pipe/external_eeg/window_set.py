"""A set of EEG windows with labels, and the checks that need no file format."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing

LABELS = ("subject", "clip_id", "concept", "emotion")
"""Labels of a window: columns of a CSV or of MNE's metadata."""
EVERYONE = "all"
"""Name of the only subject where subjects are unknown."""


@dataclass(frozen=True)
class WindowSet:
    """Windows of EEG and their labels."""

    name: str  # in messages
    eeg: NDArray[np.float32]  # (n, C, T) uV
    sfreq: float | None  # Hz
    channels: tuple[str, ...] | None
    labels: pd.DataFrame  # n rows; columns are the known ones of LABELS
    notes: tuple[str, ...] = ()  # assumptions made on reading
    files: Mapping[str, int] = field(default_factory=dict)  # of a folder: windows per file

    def __len__(self) -> int:
        """Return n."""
        return len(self.eeg)

    def take(self, rows: NDArray[np.intp]) -> "WindowSet":
        """Select windows by row."""
        return replace(
            self, eeg=self.eeg[rows], labels=self.labels.iloc[rows].reset_index(drop=True)
        )


def match_channels(windows: WindowSet, reference: WindowSet) -> WindowSet:
    """Return the windows with their channels in the order of a reference set.

    Channels are matched by name if both sets have names, otherwise by position.

    Raises:
        UserError: if the channels differ.
    """
    if windows.channels is None or reference.channels is None:
        if windows.eeg.shape[1] != reference.eeg.shape[1]:
            raise UserError(
                windows.name,
                expected=f"{reference.eeg.shape[1]} channels, like {reference.name}",
                found=str(windows.eeg.shape[1]),
                next_step="give both the same channels in the same order",
            )
        return windows
    own, expected = (
        [name.upper() for name in side.channels or ()] for side in (windows, reference)
    )
    absent, surplus = sorted(set(expected) - set(own)), sorted(set(own) - set(expected))
    if absent or surplus or len(set(own)) < len(own):
        raise UserError(
            windows.name,
            expected=f"the channels of {reference.name}, each once",
            found=f"missing {', '.join(absent) or 'none'}, surplus {', '.join(surplus) or 'none'}",
            next_step="give both the same channels; their order does not matter",
        )
    order = [own.index(name) for name in expected]
    return replace(windows, eeg=windows.eeg[:, order], channels=reference.channels)


def with_labels(windows: WindowSet, labels: str | Path | pd.DataFrame) -> WindowSet:
    """Return the windows with the labels of a table or CSV, which take precedence.

    Raises:
        UserError: if the file is missing, or its rows or columns do not fit.
    """
    if isinstance(labels, pd.DataFrame):
        where, table = f"labels of {windows.name}", labels.astype(str).where(labels.notna())
    else:
        where, table = str(labels), _read_csv(Path(labels))
    table = table.reset_index(drop=True)
    known = [name for name in LABELS if name in table]
    if not known or len(table) != len(windows) or table[known].isna().any(axis=None):
        empty = "" if not known else f", {int(table[known].isna().to_numpy().sum())} empty cells"
        raise UserError(
            where,
            expected=f"{len(windows)} rows, one per window of {windows.name}, with some of the "
            f"columns {', '.join(LABELS)}",
            found=f"{len(table)} rows of {', '.join(map(str, table.columns))}{empty}",
            next_step="write one row per window, in the order of the windows",
        )
    rest = windows.labels.drop(columns=known, errors="ignore")
    unknown = [str(name) for name in table if name not in LABELS]
    notes = (f"columns {', '.join(unknown)} of {where} are not used",) if unknown else ()
    labels = pd.concat([table[known], rest], axis=1)
    return replace(windows, labels=labels, notes=windows.notes + notes)


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, skipinitialspace=True)
    except FileNotFoundError:
        raise missing(path) from None
    except (ValueError, OSError) as error:  # includes errors of pandas' parser and decoder
        raise UserError(
            str(path), expected="a CSV file", found=str(error), next_step="write it as plain CSV"
        ) from None


_LARGEST_UV = 1e6
"""No amplifier records more, and powers of more leave the range of single precision."""


def checked(windows: WindowSet) -> WindowSet:
    """Return the windows without labels that are empty for some window, which a note names.

    Raises:
        UserError: if there is no window, if all channels are flat, or if a value is not finite or
            of no EEG in microvolts.
    """
    if not windows.eeg.size or windows.eeg.shape[-1] < 2:
        raise UserError(
            windows.name,
            expected="at least one window, of two samples or more",
            found="x".join(map(str, windows.eeg.shape)),
            next_step="check the script that wrote the file",
        )
    wrong = ~np.isfinite(windows.eeg).all((1, 2))
    if wrong.any():
        raise UserError(
            windows.name,
            expected="finite numbers",
            found=f"NaN or infinity in {wrong.sum()} of {len(windows)} windows, the first in "
            f"window {int(np.argmax(wrong))}",
            next_step="remove those windows, or interpolate them",
        )
    if (windows.eeg == windows.eeg[..., :1]).all():
        raise UserError(
            windows.name,
            expected="EEG that varies",
            found="only flat channels",
            next_step="check the script that wrote the file",
        )
    largest = np.abs(windows.eeg).max()
    if largest > _LARGEST_UV:
        raise UserError(
            windows.name,
            expected=f"EEG in microvolts, up to {_LARGEST_UV:g}",
            found=f"{largest:g}",
            next_step="convert it to microvolts",
        )
    empty = windows.labels.isna() | (windows.labels == "")
    notes = tuple(
        f"{name} is not used: {n} of {len(windows)} windows have none"
        for name, n in empty.sum().items()
        if 0 < n < len(windows)
    )
    labels = windows.labels.loc[:, ~empty.any()]
    return replace(windows, labels=labels, notes=windows.notes + notes)
