"""Files of public bug reports: the samples that were written come out, in time and in scale.

docs/files.md names the reports.
"""

import numpy as np
import pandas as pd
import pytest

from tests.sources.eeg_files import NAMES, write_brainvision, write_edf, write_eeglab
from videeg_pipe.sources.bids.opening import open_recording

EEG = 20 * np.random.default_rng(0).standard_normal((20, 3000)) + np.linspace(0, 50, 20)[:, None]
STEP_UV = 0.04  # half a step of EDF's 16 bits


def read(path):
    """Return microvolts, (C, N)."""
    return open_recording(path, electrodes="template").volts() * 1e6


def test_edf_with_a_reversed_range_keeps_its_polarity(stem):
    path = write_edf(stem.with_suffix(".edf"), EEG, NAMES, 200, reversed_range=True)
    assert np.abs(read(path) - EEG).max() < STEP_UV


def test_edf_that_starts_between_two_seconds_begins_with_its_first_sample(stem):
    onsets = 0.5 + np.arange(15)
    path = write_edf(
        stem.with_suffix(".edf"), EEG, NAMES, 200, onsets_s=onsets, notes=[(3.25, b"button")]
    )
    opened = open_recording(path, electrodes="template")
    assert np.abs(opened.volts() * 1e6 - EEG).max() < STEP_UV
    assert opened.raw.annotations.onset == pytest.approx([2.75])  # from the first sample


@pytest.mark.parametrize("record_s", [0.5, 2, 1.135])
def test_edf_with_records_of_any_length_keeps_its_rate(stem, record_s):
    path = write_edf(stem.with_suffix(".edf"), EEG, NAMES, 200, record_s=record_s)
    opened = open_recording(path, electrodes="template")
    assert opened.raw.info["sfreq"] == pytest.approx(200)
    n_samples = opened.raw.n_times
    assert n_samples == EEG.shape[1] // round(200 * record_s) * round(200 * record_s)
    assert np.abs(opened.volts() * 1e6 - EEG[:, :n_samples]).max() < STEP_UV


@pytest.mark.parametrize(
    ("unit", "per_uv", "resolution"),
    [("uV", 1, "0.1"), ("µV", 1, ""), ("", 1, "0.5"), ("mV", 1e-3, "0.0001"), ("nV", 1e3, "100")],
)
def test_brainvision_units_and_resolutions(stem, unit, per_uv, resolution):
    path = write_brainvision(
        stem.with_suffix(".vhdr"),
        EEG,
        NAMES,
        200,
        unit=unit,
        per_uv=per_uv,
        resolution=resolution,
    )
    assert np.abs(read(path) - EEG).max() < 1e-3


def test_brainvision_of_text_is_read(stem):
    path = write_brainvision(stem.with_suffix(".vhdr"), EEG, NAMES, 200, resolution="")
    np.savetxt(stem.with_suffix(".eeg"), EEG.T, fmt="%.4f")
    header = path.read_text(encoding="utf-8").replace("BINARY", f"ASCII\nDataPoints={3000}")
    before, rest = header.split("[Binary Infos]\nBinaryFormat=IEEE_FLOAT_32\n")
    text = f"{before}[ASCII Infos]\nDecimalSymbol=.\nSkipLines=0\nSkipColumns=0\n{rest}"
    path.write_text(text, encoding="utf-8")
    assert np.abs(read(path) - EEG).max() < 1e-3


def test_eeglab_samples_in_a_file_of_another_name_are_found(stem):
    path = write_eeglab(stem.with_suffix(".set"), EEG, NAMES, 200, fdt="before.fdt")
    stem.with_name("before.fdt").rename(stem.with_suffix(".fdt"))
    assert np.abs(read(path) - EEG).max() < 1e-3


def test_a_trigger_channel_that_channels_tsv_lacks_is_no_eeg(stem):
    both = np.vstack([EEG, np.zeros((1, EEG.shape[1]))])
    path = write_edf(stem.with_suffix(".bdf"), both, [*NAMES, "Status"], 200)
    channels = pd.DataFrame({"name": NAMES, "type": "EEG", "units": "uV"})
    file = stem.with_name("sub-01_task-video_channels.tsv")
    channels.to_csv(file, sep="\t", index=False)
    opened = open_recording(path, electrodes="template")
    assert opened.raw.ch_names == list(NAMES)
    assert any("types that the file states: Status." in finding.what for finding in opened.findings)
