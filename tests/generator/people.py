"""Recordings of a person whose spectrum and amplitudes are known."""

from pathlib import Path

import mne
import numpy as np

from tests.generators import CHANNELS
from videeg_pipe.contracts.montage import electrode_positions

SFREQ = 250.0
ALPHA_HZ = (9.0, 11.0)


def course(seconds: float, seed: int = 0, alpha: float = 4.0) -> np.ndarray:
    """Return 1/f EEG that neighbours share, (C, N) in uV: average reference, SD 25.

    Args:
        seconds: Length.
        seed: Of the noise.
        alpha: Amplitude in the alpha band over that of 1/f.
    """
    rng, n = np.random.default_rng(seed), round(seconds * SFREQ)
    frequency = np.fft.rfftfreq(n, 1 / SFREQ)
    amplitude = 1 / np.sqrt(np.maximum(frequency, 1))
    amplitude[(frequency > ALPHA_HZ[0]) & (frequency < ALPHA_HZ[1])] *= alpha
    amplitude[(frequency < 0.6) | (frequency > 38)] = 0
    sources = np.fft.irfft(np.fft.rfft(rng.standard_normal((len(CHANNELS), n))) * amplitude, n)
    places = electrode_positions(CHANNELS)
    distance = np.linalg.norm(places[:, None] - places, axis=-1)
    eeg = np.exp(-((distance / 0.09) ** 2)) @ sources
    eeg -= eeg.mean(axis=0)
    return 25 * eeg / eeg.std()


def write_person(path: Path, eeg: np.ndarray, marks: list[tuple[float, float, str]] = ()) -> Path:
    """Write (C, N) in uV with names in another order and spelling, and marks: onset, s, text."""
    order = np.random.default_rng(1).permutation(len(CHANNELS))
    names = [CHANNELS[row].capitalize() for row in order]
    info = mne.create_info([*names, "ECG"], SFREQ, ["eeg"] * len(names) + ["ecg"])
    heart = np.sin(np.arange(eeg.shape[1]))[None]
    raw = mne.io.RawArray(np.concatenate([eeg[order], heart]) / 1e6, info, verbose="error")
    if marks:
        raw.set_annotations(mne.Annotations(*map(list, zip(*marks, strict=True))))
    if path.suffix == ".fif":
        raw.save(path, verbose="error")
    else:
        mne.export.export_raw(path, raw, verbose="error")
    return path
