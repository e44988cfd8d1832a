"""Read recordings of a BIDS-EEG data set with their side files."""

from pathlib import Path
from typing import Any

import mne
import numpy as np

from videeg_pipe.contracts.constants import V_PER_UV
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing
from videeg_pipe.sources.bids.gaps import events_beside, on_clock, segments
from videeg_pipe.sources.bids.marks import read_marks
from videeg_pipe.sources.bids.opening import open_recording
from videeg_pipe.sources.recording import raw_array


def load_recording(row: Any) -> mne.io.RawArray:
    """Read the EEG channels of one file in volts, with positions from electrodes.tsv.

    Channels that channels.tsv marks as bad are in `info["bads"]`. Pauses are filled, so that
    samples count clock time; they and bad segments are annotated.

    Raises:
        UserError: if the file is missing or broken, or lacks positions.
    """
    path = Path(row.path)
    if not path.exists():
        raise missing(path)
    units: Any = getattr(row, "units", "auto")
    opened = open_recording(
        path,
        units=units if units in ("auto", "uV", "V") else float(units),
        electrodes=getattr(row, "electrodes", "auto"),
    )
    stored = opened.raw
    try:
        volts = opened.volts() * (row.scale_to_uv * V_PER_UV)
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(
            str(path),
            expected="samples up to the end of the recording",
            found=str(error),
            next_step="copy or export the file again",
        ) from None
    positions = np.array([channel["loc"][:3] for channel in stored.info["chs"]])
    raw = raw_array(volts, tuple(stored.ch_names), positions, stored.info["sfreq"])
    raw.info["bads"] = list(stored.info["bads"])
    sfreq = stored.info["sfreq"]
    marks = read_marks(path, stored)
    clock = row.n_samples != stored.n_times  # acquire found that onsets count the pauses
    if clock:
        raw = on_clock(raw, marks)
    bad = segments(marks, events_beside(path), n_samples=raw.n_times, sfreq=sfreq, clock=clock)
    raw.set_annotations(bad)
    return raw


def load_truth(row: Any, raw: mne.io.RawArray) -> None:
    """Return None: the evoked part of recorded EEG is unknown."""
