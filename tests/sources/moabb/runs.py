"""Runs as MOABB's classes return them, without MOABB."""

from collections.abc import Mapping, Sequence

import mne
import numpy as np

from tests.sources.moabb.files import KALUNGA_CODES
from videeg_pipe.sources.moabb import person
from videeg_pipe.sources.moabb.datasets import DATASETS

NAMES = ("Oz", "O1", "O2", "POz")
SFREQ = 64.0


def replace(
    monkeypatch, recorded: Sequence[mne.io.BaseRaw], events: Mapping[str, int] = KALUNGA_CODES
):
    """Let these runs be what MOABB gives."""
    given = person.Recorded(list(recorded), {code: name for name, code in events.items()})
    monkeypatch.setattr(person, "load_runs", lambda row, number, data: given)


def flicker(
    seed: int = 0,
    n_trials: int = 32,
    names: Sequence[str] = NAMES,
    metres: float = 1e-3,
    montage: bool = True,
) -> mne.io.RawArray:
    """A run of Kalunga2016 at 64 Hz: trials of 5 s after every 8 s; codes in turn, from rest on."""
    rng = np.random.default_rng(seed)
    onsets = np.round((2.5 + 8 * np.arange(n_trials)) * SFREQ).astype(int)
    x = rng.standard_normal((len(names) + 1, round((8 * n_trials + 4) * SFREQ)))
    x[-1] = 0
    x[-1, onsets] = np.resize(list(KALUNGA_CODES.values()), n_trials)
    x[:-1] *= 1e-5 * DATASETS["Kalunga2016"].divisor
    info = mne.create_info([*names, "events"], SFREQ, ["eeg"] * len(names) + ["stim"])
    raw = mne.io.RawArray(x, info, verbose="error")
    if montage:
        raw.set_montage("colin27_1005", on_missing="ignore")
        for channel in raw.info["chs"]:
            channel["loc"][:3] /= metres
    return raw


def volts(raw: mne.io.BaseRaw) -> np.ndarray:
    """EEG of `flicker`, in volts: MOABB returns other units."""
    return raw.get_data("eeg") / DATASETS["Kalunga2016"].divisor


def coded(onsets_s: Sequence[float], bits: Sequence[str], rate: float = 60.0, sfreq: float = 500.0):
    """A run whose trials show these bits, with one event per trial and one per bit."""
    x = np.zeros((3, round((max(onsets_s) + max(map(len, bits)) / rate + 1) * sfreq)))
    x[0] = np.random.default_rng(0).standard_normal(x.shape[1])
    for number, (onset_s, code) in enumerate(zip(onsets_s, bits, strict=True)):
        onset = round(onset_s * sfreq)
        x[1, onset] = 200 + number
        x[2, np.round(onset + np.arange(len(code)) / rate * sfreq).astype(int)] = [
            100 + int(bit) for bit in code
        ]
    info = mne.create_info(["Oz", "stim_trial", "stim_epoch"], sfreq, ["eeg", "stim", "stim"])
    return mne.io.RawArray(x, info, verbose="error")
