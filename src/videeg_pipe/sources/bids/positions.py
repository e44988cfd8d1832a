"""Positions of the electrodes of a BIDS recording, in head coordinates."""

from pathlib import Path
from typing import Any, Literal

from mne_bids import get_bids_path_from_fname, read_raw_bids

from videeg_pipe.sources.findings import Finding

Electrodes = Literal["auto", "template", "RAS", "ALS", "ARS"]


def place_electrodes(path: Path, raw: Any, electrodes: Electrodes, findings: list[Finding]) -> None:
    """Set the positions from electrodes.tsv."""
    bids_path = get_bids_path_from_fname(path, verbose="error")
    stored = read_raw_bids(bids_path, on_ch_mismatch="reorder", verbose="error")
    raw.set_montage(stored.pick("eeg", exclude=[]).get_montage())
