"""Open the EEG of a BIDS recording with its side files."""

import warnings
from collections import Counter
from pathlib import Path

import mne
import numpy as np
from mne_bids import get_bids_path_from_fname, read_raw_bids

from videeg_pipe.runtime.errors import UserError

_MIN_CHANNELS = 16
_MIN_SFREQ = 100.0


def open_recording(path: Path) -> mne.io.BaseRaw:
    """Open the EEG channels of a recording, with positions from electrodes.tsv.

    The samples are not read yet. Channels that channels.tsv marks as bad are in `info["bads"]`.

    Raises:
        UserError: if mne-bids cannot read the file, or for too few channels, a low sampling rate
            or a channel without a position.
    """
    file = str(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the checks below replace its warnings
            raw = read_raw_bids(get_bids_path_from_fname(path, verbose="error"), verbose="error")
    except Exception as error:  # each format's reader raises its own errors
        raise UserError(
            file,
            expected="a BIDS-EEG recording that mne-bids reads",
            found=f"{type(error).__name__}: {error}",
            next_step="correct the data set; the BIDS validator gives details",
        ) from error
    types = Counter(raw.get_channel_types())
    if types["eeg"] < _MIN_CHANNELS:
        raise UserError(
            file,
            expected=f"at least {_MIN_CHANNELS} EEG channels",
            found=f"{types['eeg']}",
            next_step="check the types in channels.tsv, or leave the recording out",
        )
    raw.pick("eeg", exclude=[])
    positions = np.array([channel["loc"][:3] for channel in raw.info["chs"]])
    missing_at = ~np.isfinite(positions).all(axis=1) | (positions == 0).all(axis=1)
    if missing_at.any():
        names = [name for name, none in zip(raw.ch_names, missing_at, strict=True) if none]
        raise UserError(
            file,
            expected="a position of every EEG channel in *_electrodes.tsv and *_coordsystem.json",
            found=f"none of {', '.join(names)}",
            next_step="add them, or change the type of channels off the scalp in channels.tsv",
        )
    if raw.info["sfreq"] < _MIN_SFREQ:
        raise UserError(
            file,
            expected=f"a sampling rate of at least {_MIN_SFREQ:g} Hz",
            found=f"{raw.info['sfreq']:g} Hz",
            next_step="leave the recording out",
        )
    return raw
