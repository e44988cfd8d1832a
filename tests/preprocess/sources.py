"""Small recordings in SEED-DV's layout, and their `recordings` table."""

from pathlib import Path

import mne
import numpy as np
import pandas as pd

from videeg_pipe.config.preprocess import PreprocessOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.contracts.tables import TABLES, write_table
from videeg_pipe.preprocess.recordings import preprocess_subject
from videeg_pipe.runtime.files import read_json, read_npy, write_npy

SFREQ = 200.0
N_CHANNELS = len(SEED_DV_CHANNELS)
KEEP = PreprocessOptions(bad_channels="keep", reference="recorded", max_bad_fraction=1.0)


def scalp_eeg(n_samples: int, seed: int = 0, sfreq: float = SFREQ) -> np.ndarray:
    """Smooth over the scalp, 1/f over frequency, 10 uV, with a little sensor noise; (62, N), uV."""
    rng = np.random.default_rng(seed)
    positions = electrode_positions()
    sources = rng.standard_normal((150, 3))
    sources *= 0.09 / np.linalg.norm(sources, axis=1, keepdims=True)
    mixing = np.exp(-(np.linalg.norm(positions[:, None] - sources, axis=-1) ** 2) / (2 * 0.04**2))
    mixing /= np.linalg.norm(mixing, axis=1).mean()
    frequencies = np.fft.rfftfreq(n_samples, 1 / sfreq)
    spectrum = np.fft.rfft(rng.standard_normal((150, n_samples)))
    courses = np.fft.irfft(spectrum / np.maximum(frequencies, 0.5), n_samples)
    courses *= 10 / courses.std()
    return mixing @ courses + 0.5 * rng.standard_normal((N_CHANNELS, n_samples))


def write_source(
    root: Path,
    blocks: np.ndarray,
    *,
    truth: np.ndarray | None = None,
    subject: str = "sub1",
    sfreq: float = SFREQ,
    scale_to_uv: float = 1.0,
) -> Path:
    """Write blocks (B, 62, N) as one .npy and the table of their recordings; return its path."""
    path = root / "EEG" / f"{subject}.npy"
    write_npy(path, blocks)
    truth_path = None
    if truth is not None:
        truth_path = str(root / "truth" / f"{subject}.npy")
        write_npy(Path(truth_path), truth)
    rows = [
        (f"{subject}-b{b}", subject, 1, b, str(path), sfreq, blocks.shape[2], blocks.shape[1],
         scale_to_uv, "0" * 64, truth_path)
        for b in range(1, len(blocks) + 1)
    ]  # fmt: skip
    table = root / "recordings.parquet"
    columns = list(TABLES["recordings"].columns)[: len(rows[0])]
    write_table(table, "recordings", pd.DataFrame(rows, columns=columns))
    return table


def run(root: Path, table: Path, config: PreprocessOptions = KEEP, subject: str = "sub1") -> Path:
    """Preprocess the recordings of a subject and return the path of the manifest."""
    manifest = root / "eeg" / f"{subject}.json"
    preprocess_subject(
        subject,
        source="phantom",
        recordings=table,
        config=config,
        seed=42,
        manifest=manifest,
    )
    return manifest


def cleaned(manifest: Path, place: int = 0, *, truth: bool = False) -> np.ndarray:
    """One preprocessed recording, (C, N), uV."""
    name = read_json(manifest)["recordings"][place]["recording_id"]
    return read_npy(manifest.parent / f"{name}{'_truth' if truth else ''}.npy")


def as_raw(eeg_uv: np.ndarray, sfreq: float = SFREQ) -> mne.io.RawArray:
    """SEED-DV channels as an MNE recording, volts."""
    return head_raw(SEED_DV_CHANNELS, eeg_uv, sfreq)


def head_raw(names: tuple[str, ...], eeg_uv: np.ndarray, sfreq: float = SFREQ) -> mne.io.RawArray:
    """Named electrodes at their standard places as an MNE recording, volts."""
    places = dict(zip(names, electrode_positions(names), strict=True))
    raw = mne.io.RawArray(
        eeg_uv * 1e-6, mne.create_info(list(names), sfreq, "eeg"), verbose="ERROR"
    )
    return raw.set_montage(mne.channels.make_dig_montage(places, coord_frame="head"))


def with_segments(eeg_uv: np.ndarray, *rows: tuple[float, float, str]) -> mne.io.RawArray:
    """Make a recording with annotations, each with onset and duration in seconds and a text."""
    onsets, durations, texts = zip(*rows, strict=True)
    return as_raw(eeg_uv).set_annotations(mne.Annotations(onsets, durations, texts))
