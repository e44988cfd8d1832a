"""Read single trials as recordings."""

from pathlib import Path
from typing import Any

import mne
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.sources.recording import raw_array

_M_PER_MM = 1e-3
_LARGEST_M = 0.2  # distance of an electrode from the head's centre


def load_recording(row: Any) -> mne.io.RawArray:
    """Read one trial, whose number is the row's block, in volts.

    Raises:
        UserError: if the file is missing, broken, or has no such trial.
    """
    epochs = read_epochs(Path(row.path))
    if row.block > len(epochs):
        raise UserError(
            row.path,
            expected=f"at least {row.block} trials",
            found=str(len(epochs)),
            next_step=f"the file changed since it was listed: {make_again('acquire')}",
        )
    volts = epochs[row.block - 1].get_data(verbose="error")[0].astype(np.float64)
    return raw_array(volts, tuple(epochs.ch_names), positions_m(epochs), epochs.info["sfreq"])


def load_truth(row: Any, raw: mne.io.RawArray) -> None:
    """Return None: the evoked part of recorded EEG is unknown."""


def read_epochs(path: Path) -> mne.BaseEpochs:
    """Read the EEG of all trials.

    Raises:
        UserError: if the file is missing or holds no trials that MNE reads.
    """
    try:
        epochs = mne.read_epochs(path, preload=True, verbose="error")
        epochs.pick("eeg", exclude=(), verbose="error")
    except Exception as error:  # MNE raises errors of many types for broken files
        raise UserError(
            str(path),
            expected="epochs in the format of MNE",
            found=str(error) or type(error).__name__,
            next_step="fetch the file again: make real",
        ) from None
    return epochs


def positions_m(epochs: mne.BaseEpochs) -> NDArray[np.float64]:
    """Return electrode positions in metres, (C, 3); the example states millimetres as metres."""
    return _places(epochs) * (_M_PER_MM if in_millimetres(epochs) else 1.0)


def in_millimetres(epochs: mne.BaseEpochs) -> bool:
    """Tell by the size of the head whether positions that should be in metres are not."""
    return float(np.median(np.linalg.norm(_places(epochs), axis=1))) > _LARGEST_M


def _places(epochs: mne.BaseEpochs) -> NDArray[np.float64]:
    return np.array([channel["loc"][:3] for channel in epochs.info["chs"]], dtype=np.float64)
