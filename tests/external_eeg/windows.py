"""Coloured windows, files of them in every format, and calls of `videeg evaluate`."""

import json
from pathlib import Path

import mne
import numpy as np
from mne_bids import BIDSPath, make_dataset_description, write_raw_bids
from scipy import signal

from videeg_pipe.cli.main import main

SFREQ, N, T = 200.0, 60, 200
NAMES = ["Fz", "Cz", "P3", "Pz", "P4", "O1"]


def eeg(seed: int, n: int = N) -> np.ndarray:
    """Windows (n, 6, T) in uV: coloured, mixed between electrodes, on an offset."""
    rng = np.random.default_rng(seed)
    white = rng.standard_normal((n, len(NAMES), T + 50))
    coloured = signal.lfilter([1.0], [1.0, -0.9], white)[..., 50:]
    mixing = np.eye(len(NAMES)) + 0.5 * np.eye(len(NAMES), k=1)
    return (8 * mixing @ coloured + 20).astype(np.float32)


def write(path: Path, windows: np.ndarray, *, names: list[str] = NAMES, sfreq: float = SFREQ):
    """Write windows in the format that the name says."""
    info = mne.create_info(names, sfreq, "eeg")
    if path.suffix == ".npy":
        np.save(path, windows)
    elif path.suffix == ".npz":
        np.savez(path, eeg=windows, sfreq=sfreq, channels=names)
    elif path.name.endswith("-epo.fif"):
        mne.EpochsArray(windows.astype(np.float64) * 1e-6, info, verbose="error").save(path)
    else:
        joined = np.concatenate(list(windows.astype(np.float64) * 1e-6), axis=-1)  # (C, n T) V
        raw = mne.io.RawArray(joined, info, verbose="error")
        if path.suffix == ".fif":
            raw.save(path, verbose="error")
            return path
        to = BIDSPath(root=path, datatype="eeg", task="rest", subject="01")
        write_raw_bids(raw, to, format="EDF", allow_preload=True, verbose="error")
        make_dataset_description(path=path, name="test", overwrite=True, verbose="error")
    return path


def run(tmp_path: Path, *arguments: object) -> dict:
    assert (
        main(["evaluate", *map(str, arguments), "--out", str(tmp_path / "out"), "--overwrite"]) == 0
    )
    return json.loads((tmp_path / "out" / "metrics.json").read_text())


def error_line(capsys, *arguments: object) -> str:
    """Run the command, which must fail, and return its one line of error."""
    capsys.readouterr()
    assert main(["evaluate", *map(str, arguments)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("videeg: ")
    return line
