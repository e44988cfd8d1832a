"""Read one recording of a known source into MNE: volts, EEG channels alone, electrode positions."""

from pathlib import Path
from typing import Any

import mne
import mne_bids
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing, read_npy

_UV = 1e-6  # volts


def load_recording(row: Any) -> mne.io.RawArray:
    """Read one recording.

    Args:
        row: One row of the `recordings` table. `path` is a .npy array (blocks, 62, N) in SEED-DV's
            channel order, or an EEG file in a BIDS tree with its channels.tsv and electrodes.tsv.

    Returns:
        Volts, with the montage; channels that channels.tsv calls bad are in `info["bads"]`.

    Raises:
        UserError: if the file is missing or broken, lacks positions, or is not what the table says.
    """
    path = Path(row.path)
    raw = _seed_dv_block(row, path) if path.suffix == ".npy" else _bids_recording(row, path)
    found = (len(raw.ch_names), raw.n_times, raw.info["sfreq"])
    expected = (row.n_channels, row.n_samples, row.sfreq)
    if found != expected:
        raise _changed(path, expected="{} channels x {} samples at {} Hz", at=expected, now=found)
    return raw


def load_truth(row: Any, raw: mne.io.RawArray) -> mne.io.RawArray | None:
    """Read the true evoked part of a recording, stored as the recording itself is.

    Args:
        row: One row of the `recordings` table.
        raw: The recording: the truth takes over its channels, positions and bad channels.

    Returns:
        Volts, or None where the truth is not known.

    Raises:
        UserError: if the file is missing, broken, or of another shape than the recording.
    """
    if pd.isna(row.truth_path):
        return None
    block = _block(Path(row.truth_path), row)
    return mne.io.RawArray(block, raw.info.copy())


def _seed_dv_block(row: Any, path: Path) -> mne.io.RawArray:
    return _raw_array(_block(path, row), SEED_DV_CHANNELS, electrode_positions(), row.sfreq)


def _block(path: Path, row: Any) -> NDArray[np.float64]:
    """One block of an array that is larger than what fits into memory, (C, N), volts."""
    blocks = read_npy(path, memory_map=True)
    expected = (row.n_channels, row.n_samples)
    if blocks.ndim != 3 or len(blocks) < row.block or blocks.shape[1:] != expected:
        least = (f"at least {row.block}", *expected)
        raise _changed(path, expected="a shape of ({}, {}, {})", at=least, now=blocks.shape)
    return blocks[row.block - 1].astype(np.float64) * (row.scale_to_uv * _UV)


def _bids_recording(row: Any, path: Path) -> mne.io.RawArray:
    if not path.exists():
        raise missing(path)
    try:
        stored = mne_bids.read_raw_bids(mne_bids.get_bids_path_from_fname(path), verbose="ERROR")
        stored.pick("eeg", exclude=())
        volts = stored.get_data() * (row.scale_to_uv * _UV)
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(
            str(path),
            expected="an EEG recording with its BIDS side files",
            found=str(error),
            next_step="run the BIDS validator on the data set",
        ) from None
    positions = np.array([channel["loc"][:3] for channel in stored.info["chs"]])
    raw = _raw_array(volts, tuple(stored.ch_names), positions, stored.info["sfreq"])
    raw.info["bads"] = list(stored.info["bads"])
    return raw


def _raw_array(
    volts: NDArray[np.float64],
    names: tuple[str, ...],
    positions: NDArray[np.float64],
    sfreq: float,
) -> mne.io.RawArray:
    raw = mne.io.RawArray(volts, mne.create_info(list(names), sfreq, "eeg"))
    raw.set_montage(head_montage(names, positions))
    return raw


def head_montage(names: tuple[str, ...], positions: NDArray[np.float64]) -> Any:
    """MNE's montage of electrodes at `positions`, (C, 3), metres, head coordinates."""
    places = dict(zip(names, positions, strict=True))
    return mne.channels.make_dig_montage(places, coord_frame="head")


def _changed(path: Path, *, expected: str, at: Any, now: Any) -> UserError:
    return UserError(
        str(path),
        expected=expected.format(*at),
        found=expected.format(*now) if len(at) == len(now) else str(now),
        next_step="the file changed since it was listed: run the acquire rule again",
    )
