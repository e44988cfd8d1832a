"""A BIDS data set of flicker: few electrodes, most of them over the visual cortex."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.sources.eeg_files import write_edf
from videeg_pipe.contracts.montage import electrode_positions, standard_positions

EIGHT = ("Oz", "O1", "O2", "PO3", "POz", "PO7", "PO8", "PO4")
FOUR = ("Oz", "O1", "O2", "POz")
SFREQ, LENGTH_S = 200, 26
ONSETS = (1.0, 7.0, 13.0, 19.0)
FREQUENCIES = (8, 13, 11, 13)
FLICKER_UV, BACKGROUND_UV, NOISE_UV = 5.0, 12.0, 1.0


def build_patch(root: Path, names: tuple[str, ...] = EIGHT) -> dict[str, Any]:
    """Write two people with three runs of four flickers of 5 s each.

    The response to a flicker is a sine wave, strongest at Oz. The background comes from 40 sources
    below the scalp.

    Returns:
        The configuration that reads it; run 2 is for validation, run 3 for the test.
    """
    root.joinpath("stimuli").mkdir(parents=True)
    (root / "dataset_description.json").write_text('{"Name": "patch", "BIDSVersion": "1.9"}')
    for frequency in FREQUENCIES:
        flicker = {"kind": "flicker", "frame_rate": 60, "duration_s": 5, "frequency": frequency}
        (root / "stimuli" / f"{frequency}Hz.json").write_text(json.dumps(flicker))
    for person in ("01", "02"):
        for run in (1, 2, 3):
            _write_recording(root / f"sub-{person}" / "eeg", names, person, run)
    return {
        "source": {"kind": "bids", "path": str(root)},
        "split": {"by": "run", "validation": [2], "test": [3]},
        "condition": {"track_rate": 240},
    }


def _write_recording(folder: Path, names: tuple[str, ...], person: str, run: int) -> None:
    stem = f"sub-{person}_task-flicker_run-{run}"
    rng = np.random.default_rng([int(person), run])
    places = electrode_positions(names)
    eeg = patch_eeg(places, SFREQ * LENGTH_S, rng)
    seconds = np.arange(SFREQ * 5) / SFREQ
    spread = np.exp(-((places - standard_positions()["OZ"]) ** 2).sum(axis=1) / 0.06**2)
    for onset, frequency in zip(ONSETS, FREQUENCIES, strict=True):
        start = round(onset * SFREQ)
        wave = FLICKER_UV * np.sin(2 * np.pi * frequency * seconds - 0.5)
        eeg[:, start : start + len(wave)] += spread[:, None] * wave
    write_edf(folder / f"{stem}_eeg.edf", eeg, names, SFREQ)
    channels = pd.DataFrame({"name": names, "type": "EEG", "units": "uV"})
    channels.to_csv(folder / f"{stem}_channels.tsv", sep="\t", index=False)
    electrodes = pd.DataFrame({"name": names, **dict(zip("xyz", places.T, strict=True))})
    electrodes.to_csv(folder / f"sub-{person}_electrodes.tsv", sep="\t", index=False)
    system = {"EEGCoordinateSystem": "CapTrak", "EEGCoordinateUnits": "m"}
    (folder / f"sub-{person}_coordsystem.json").write_text(json.dumps(system))
    events = {"onset": ONSETS, "duration": "n/a", "trial_type": "n/a"}
    events["stim_file"] = [f"{frequency}Hz.json" for frequency in FREQUENCIES]
    pd.DataFrame(events).to_csv(folder / f"{stem}_events.tsv", sep="\t", index=False)


def patch_eeg(places: np.ndarray, n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Simulate background of smooth sources below the scalp, and noise of each electrode, uV."""
    sources = rng.standard_normal((40, 3)) * 0.05 + [0, 0, 0.04]
    distances = np.linalg.norm(places[:, None] - sources, axis=-1)
    gains = 1 / (distances**2 + 0.03**2)
    white = np.fft.rfft(rng.standard_normal((40, n_samples)))
    courses = np.fft.irfft(white / np.sqrt(np.maximum(np.arange(white.shape[1]), 5)), n_samples)
    eeg = gains @ courses
    return BACKGROUND_UV * eeg / eeg.std() + NOISE_UV * rng.standard_normal(eeg.shape)
