"""Read the phantom's recordings and their true evoked part."""

from pathlib import Path
from typing import Any

import mne
import pandas as pd

from videeg_pipe.sources.block_arrays import block_volts, read_block


def load_recording(row: Any) -> mne.io.RawArray:
    """Read one block in volts.

    Raises:
        UserError: if the file is missing, broken, or not as in the table.
    """
    return read_block(row)


def load_truth(row: Any, raw: mne.io.RawArray) -> mne.io.RawArray | None:
    """Read the evoked part, in volts; None where the table names no file of it.

    Raises:
        UserError: if the file is missing, broken, or has another shape than the recording.
    """
    if pd.isna(row.truth_path):
        return None
    return mne.io.RawArray(block_volts(Path(row.truth_path), row), raw.info.copy())
