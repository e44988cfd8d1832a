"""Read single blocks as recordings."""

from pathlib import Path
from typing import Any

import mne

from videeg_pipe.runtime.errors import UserError


def load_recording(row: Any) -> mne.io.RawArray:
    """Read one block, in volts.

    Raises:
        UserError: if the file is missing or broken.
    """
    try:
        raw = mne.io.read_raw_fif(Path(row.path), preload=True, verbose="error")
    except Exception as error:  # MNE raises errors of many types for broken files
        raise UserError(
            str(row.path),
            expected="a block in the format of MNE",
            found=str(error) or type(error).__name__,
            next_step=f"delete the folder {Path(row.path).parent} and run again",
        ) from None
    block = mne.io.RawArray(raw.get_data(), raw.info, verbose="error")
    return block.set_annotations(raw.annotations)


def load_truth(row: Any, raw: mne.io.RawArray) -> None:
    """Return None: the evoked part of recorded EEG is unknown."""
