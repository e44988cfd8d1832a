"""Read SEED-DV's recordings."""

from typing import Any

import mne

from videeg_pipe.sources.block_arrays import read_block


def load_recording(row: Any) -> mne.io.RawArray:
    """Read one block in volts.

    Raises:
        UserError: if the file is missing, broken, or not as in the table.
    """
    return read_block(row)


def load_truth(row: Any, raw: mne.io.RawArray) -> None:
    """Return None: the evoked part of recorded EEG is unknown."""
