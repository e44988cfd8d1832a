"""Open the EEG of a BIDS recording with its side files."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError, listed
from videeg_pipe.sources.bids.listing import side_files
from videeg_pipe.sources.bids.positions import Electrodes, place_electrodes
from videeg_pipe.sources.bids.sidecar import (
    check_continuous,
    check_length,
    check_rate,
    check_samples_file,
    epoched,
    read_side_file,
)
from videeg_pipe.sources.bids.units import Units, volts_per_value
from videeg_pipe.sources.findings import Finding
from videeg_pipe.sources.recording import open_raw
from videeg_pipe.sources.tsv import read_tsv

_MIN_CHANNELS = 4
_MIN_SFREQ = 100.0


@dataclass(frozen=True)
class Opened:
    """The EEG channels of a recording; its samples are not read yet."""

    raw: mne.io.BaseRaw  # positions in head coordinates; annotations of the file itself
    scale: NDArray[np.float64]  # (C,) volts per value that `raw` returns; 1 where MNE is right
    findings: tuple[Finding, ...]

    def volts(self, start: int = 0, stop: int | None = None) -> NDArray[np.float64]:
        """Read samples, (C, stop - start), volts."""
        return self.raw.get_data(start=start, stop=stop) * self.scale[:, None]


def open_recording(path: Path, *, units: Units = "auto", electrodes: Electrodes = "auto") -> Opened:
    """Open the EEG channels of a recording, with the positions of its electrodes.

    Channels that channels.tsv marks as bad are in `raw.info["bads"]`. Annotations are those of the
    file; events.tsv is not read.

    Args:
        path: An EDF, BDF, BrainVision or EEGLAB file.
        units: `source.units`: unit of the stored numbers, or auto.
        electrodes: `bids.electrodes`: origin and axes of the positions, or auto.

    Raises:
        UserError: if the file cannot be read, or for too few channels, a low sampling rate, an
            unknown unit or a channel without a position.
    """
    findings: list[Finding] = []
    raw = _read(path, findings)
    side_file = read_side_file(path)
    check_continuous(path, side_file)
    check_samples_file(path, raw, findings)
    check_rate(path, side_file, raw, findings)
    check_length(path, side_file, raw, findings)
    channels = channels_table(path)
    _pick_eeg(path, raw, channels, findings)
    if raw.info["sfreq"] < _MIN_SFREQ:
        raise UserError(
            str(path),
            expected=f"a sampling rate of at least {_MIN_SFREQ:g} Hz",
            found=f"{raw.info['sfreq']:g} Hz",
            next_step="move the recording out of the data set",
        )
    place_electrodes(path, raw, electrodes, findings)
    scale = volts_per_value(path, raw, channels, units, findings)
    return Opened(raw, scale, tuple(findings))


def _read(path: Path, findings: list[Finding]) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the checks of this module replace its warnings
            raw, latin1 = open_raw(path)
    except Exception as error:  # each format's reader raises its own errors
        raise _unreadable(path, error) from error
    if latin1:
        findings.append(Finding(str(path), "repaired", "Its annotations are Latin-1, not UTF-8."))
    return raw


def _unreadable(path: Path, error: Exception) -> UserError:
    if isinstance(error, TypeError) and "read_epochs_eeglab" in str(error):
        return epoched(path, str(error).split(". ")[0])
    if isinstance(error, FileNotFoundError) and error.filename != str(path):
        return UserError(
            str(path),
            expected="the files that its header names",
            found=f"no {Path(str(error.filename)).name}",
            next_step="correct the name in the header, or put the file in place",
        )
    return UserError(
        str(path),
        expected="an EEG recording that MNE reads",
        found=f"{type(error).__name__}: {error}",
        next_step="copy or export the file again; if it stays unreadable, move the recording "
        "out of the data set",
    )


def channels_table(path: Path) -> pd.DataFrame | None:
    """Return the rows of channels.tsv by name, or None if there is none.

    Raises:
        UserError: if it lacks a name or a type, or names a channel twice.
    """
    file = next(iter(side_files(path, "channels.tsv")), None)
    if file is None:
        return None
    table = read_tsv(file)
    lacking = [name for name in ("name", "type") if name not in table]
    names = pd.Series(dtype=str) if lacking else table["name"].fillna("n/a")
    twice = sorted(set(names[names.duplicated()]))
    if lacking or twice:
        raise UserError(
            str(file),
            expected="columns name and type, and each channel once",
            found=f"no column {' and '.join(lacking)}" if lacking else f"{', '.join(twice)} twice",
            next_step="add it"
            if lacking
            else f"write {twice[0]}-0 and {twice[0]}-1, here and in electrodes.tsv, where the "
            "recording too has it twice",
        )
    return table.set_index("name")


def apply_table(path: Path, raw: mne.io.BaseRaw, channels: pd.DataFrame) -> None:
    """Set types and bad channels as in channels.tsv; channels that it lacks keep their types.

    Raises:
        UserError: if channels.tsv names an EEG channel that the file lacks.
    """
    types = channels["type"].fillna("").str.strip().str.upper()
    lacking = [name for name in channels.index[types == "EEG"] if name not in raw.ch_names]
    if lacking:
        unlisted = [name for name in raw.ch_names if name not in channels.index]
        raise UserError(
            str(path),
            expected=f"the EEG channels of channels.tsv, among them {listed(lacking)}",
            found=f"other names, such as {listed(unlisted or raw.ch_names)}",
            next_step="write the names of the file into channels.tsv and electrodes.tsv",
        )
    known = [name for name in raw.ch_names if name in channels.index]
    kinds = {name: "eeg" if types[name] == "EEG" else "misc" for name in known}
    raw.set_channel_types(kinds, on_unit_change="ignore")
    if "status" in channels:
        status = channels["status"].fillna("").str.strip().str.lower()
        raw.info["bads"] = [name for name in known if status[name] == "bad"]


def _pick_eeg(path: Path, raw: Any, channels: pd.DataFrame | None, findings: list[Finding]) -> None:
    """Keep the EEG channels, in the order of the file, and mark the bad ones.

    Raises:
        UserError: if channels.tsv names an EEG channel that the file lacks, or for too few.
    """
    if channels is None:
        findings.append(
            Finding(
                str(path),
                "assumed",
                "There is no channels.tsv: channel types are as the file states them.",
            )
        )
    else:
        unlisted = [name for name in raw.ch_names if name not in channels.index]
        apply_table(path, raw, channels)
        if unlisted:
            findings.append(
                Finding(
                    str(path),
                    "assumed",
                    f"Channels that channels.tsv lacks have the types that the file states: "
                    f"{listed(unlisted)}.",
                )
            )
    n_eeg = raw.get_channel_types().count("eeg")
    if n_eeg < _MIN_CHANNELS:
        raise UserError(
            str(path),
            expected=f"at least {_MIN_CHANNELS} EEG channels",
            found=f"{n_eeg}",
            next_step="check the types in channels.tsv, or move the recording out of the data set",
        )
    raw.pick("eeg", exclude=[])
    if len(raw.info["bads"]) == n_eeg:
        raise UserError(
            str(path),
            expected="at least one good EEG channel",
            found=f"status bad of all {n_eeg} in channels.tsv",
            next_step="correct the column status, or move the recording out of the data set",
        )
