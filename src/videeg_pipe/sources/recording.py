"""Recordings as MNE objects: one row of the `recordings` table read through its source."""

from pathlib import Path
from typing import Any

import mne
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.sources.registry import SOURCES

PAUSE = "BAD_ACQ_SKIP"
"""Annotation of filled samples where nothing was recorded; MNE's filters leave them out."""

BOUNDARY = "EDGE boundary"
"""Annotation of a break of unknown length; MNE filters the parts on its sides separately."""


def open_raw(path: Path) -> tuple[mne.io.BaseRaw, bool]:
    """Open a recording that MNE reads; annotations of EDF and BDF may be UTF-8 or Latin-1.

    Returns:
        The recording, whose samples are not read yet, and whether its annotations are Latin-1.
    """
    try:
        return mne.io.read_raw(path, verbose="error"), False
    except Exception as error:  # MNE's error for another encoding names the remedy
        if "encoding='latin1'" not in str(error):
            raise
        return mne.io.read_raw(path, encoding="latin1", verbose="error"), True


def load_recording(source: str, row: Any) -> mne.io.RawArray:
    """Read one recording.

    Args:
        source: Name of the source in `SOURCES`.
        row: One row of the `recordings` table.

    Returns:
        Only EEG channels, in volts, with their montage; known bad channels are in `info["bads"]`.
        Sample k is k / sfreq seconds of clock time after the first. `annotations` holds pauses,
        breaks and bad segments.

    Raises:
        UserError: if the file is missing or broken, lacks positions, or is not as in the table.
    """
    raw = SOURCES[source].reading().load_recording(row)
    found = (len(raw.ch_names), raw.n_times, raw.info["sfreq"])
    expected = (row.n_channels, row.n_samples, row.sfreq)
    if found != expected:
        shape = "{} channels x {} samples at {} Hz"
        raise changed(Path(row.path), shape.format(*expected), shape.format(*found))
    return raw


def load_truth(source: str, row: Any, raw: mne.io.RawArray) -> mne.io.RawArray | None:
    """Read the true evoked part of a recording.

    Args:
        source: Name of the source in `SOURCES`.
        row: One row of the `recordings` table.
        raw: The recording, whose channels, positions and bad channels the truth shares.

    Returns:
        Volts, or None where the truth is unknown.

    Raises:
        UserError: if the file is missing, broken, or has another shape than the recording.
    """
    return SOURCES[source].reading().load_truth(row, raw)


def raw_array(
    volts: NDArray[np.float64],
    names: tuple[str, ...],
    positions: NDArray[np.float64],
    sfreq: float,
) -> mne.io.RawArray:
    """Make an MNE recording of EEG channels.

    Args:
        volts: (C, N).
        names: C channel names.
        positions: (C, 3), metres, head coordinates.
        sfreq: Sampling rate, Hz.
    """
    raw = mne.io.RawArray(volts, mne.create_info(list(names), sfreq, "eeg"))
    raw.set_montage(head_montage(names, positions))
    return raw


def bridge(values: NDArray[np.float64], start: int, stop: int) -> None:
    """Set samples `start` to `stop` of (C, N) to straight lines between their neighbours.

    At the beginning or the end of the recording there is one neighbour, whose value they get.
    """
    before = values[:, start - 1] if start > 0 else values[:, min(stop, values.shape[1] - 1)]
    after = values[:, stop] if stop < values.shape[1] else before
    line = np.linspace(before, after, stop - start + 2, axis=1)
    values[:, start:stop] = line[:, 1:-1]


def head_montage(names: tuple[str, ...], positions: NDArray[np.float64]) -> Any:
    """Return MNE's montage of electrodes at `positions`, (C, 3), metres, head coordinates."""
    places = dict(zip(names, positions, strict=True))
    return mne.channels.make_dig_montage(places, coord_frame="head")


def changed(path: Path, expected: str, found: str) -> UserError:
    """Make the error for a file that differs from its row in the table."""
    return UserError(
        str(path),
        expected=expected,
        found=found,
        next_step=f"the file changed since it was listed: {make_again('acquire')}",
    )
