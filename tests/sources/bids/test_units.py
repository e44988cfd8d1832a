"""Units of BIDS recordings: the right amplitudes, whatever the header says, or a refusal."""

from pathlib import Path

import mne
import numpy as np
import pandas as pd
import pytest

from tests.sources.builders import build_bids, eeg, run_acquire
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.recording import load_recording

EDF = "sub-01/eeg/sub-01_task-video_run-1_eeg.edf"
SHAPE = (20, 1536)


@pytest.fixture
def values(tmp_path):
    return build_bids(tmp_path / "data", subjects=("01",))


def set_dimension(root: Path, dimension: bytes, *, factor: float = 1, channels=range(20)) -> None:
    """State another dimension in the header, and other numbers for the same samples."""
    content = bytearray((root / EDF).read_bytes())
    n = int(content[252:256])
    for channel in channels:
        place = 256 + 96 * n + 8 * channel
        content[place : place + 8] = dimension.ljust(8)
        for column in (104, 112):  # physical minimum and maximum
            place = 256 + column * n + 8 * channel
            number = float(content[place : place + 8]) * factor
            content[place : place + 8] = f"{number:.8g}"[:8].encode().ljust(8)
    (root / EDF).write_bytes(bytes(content))


def set_units(root: Path, unit: str) -> None:
    path = root / EDF.replace("_eeg.edf", "_channels.tsv")
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    table.assign(units=unit).to_csv(path, sep="\t", index=False)


def read(values, tmp_path):
    """Findings, and microvolts of the recording."""
    made = run_acquire(values, tmp_path / "out")
    row = next(made["recordings"].itertuples(index=False))
    findings = [row for row in made["findings"].itertuples() if "unit" in row.what]
    return findings, load_recording("bids", row).get_data() * 1e6


@pytest.mark.parametrize(
    ("dimension", "factor", "action", "said"),
    [
        (b"uV", 1, None, None),
        (b"\xb5V", 1, None, None),
        ("µV".encode(), 1, "repaired", "The unit is \u00b5V, as the header says; MNE"),
        (
            b"uv",
            1,
            "repaired",
            "The unit is uv, as the header says; MNE reads it as volts (20 channels",
        ),
        (b"", 1, "repaired", "The unit is uV, as channels.tsv says; the header states none"),
        (b".V", 1, "repaired", "The unit is uV, as channels.tsv says; the header states .V"),
        (b"n/a", 1, "repaired", "the header states n/a"),
        (b"nV", 1e3, "repaired", "The unit is nV, as the header says; MNE reads it as volts"),
        (b"mV", 1e-3, None, None),
        (
            b"mV",
            1,
            "repaired",
            "The unit is uV, as channels.tsv says, not mV, as the header says: with it",
        ),
        (b"V", 1, "repaired", "The unit is uV, as channels.tsv says, not V, as the header says"),
    ],
)
def test_amplitudes_are_right_whatever_the_header_says(
    dimension, factor, action, said, values, tmp_path
):
    set_units(tmp_path / "data", "uV")
    set_dimension(tmp_path / "data", dimension, factor=factor)
    findings, found = read(values, tmp_path)
    np.testing.assert_allclose(found, eeg(0, SHAPE), atol=0.05)
    assert [finding.action for finding in findings] == ([action] if action else [])
    assert all(said in finding.what for finding in findings)


def test_channels_of_different_units_are_told_apart(values, tmp_path):
    set_dimension(tmp_path / "data", b"nV", factor=1e3, channels=[3, 4])
    findings, found = read(values, tmp_path)
    np.testing.assert_allclose(found, eeg(0, SHAPE), atol=0.05)
    assert [finding.what for finding in findings] == [
        "The unit is nV, as the header says; MNE reads it as volts (2 channels such as AF9)."
    ]


@pytest.mark.parametrize("unit", ["n/a", "counts"])
def test_an_unknown_unit_is_refused_until_it_is_declared(unit, values, tmp_path):
    set_units(tmp_path / "data", unit)
    set_dimension(tmp_path / "data", b".V")
    with pytest.raises(UserError, match=r"eeg\.edf; expected a unit of voltage.*found \.V and"):
        read(values, tmp_path)
    for declared in ("uV", 1.0):
        values["source"]["units"] = declared
        findings, found = read(values, tmp_path)
        np.testing.assert_allclose(found, eeg(0, SHAPE), atol=0.05)
        assert [finding.action for finding in findings] == ["assumed"]


def test_units_that_never_give_eeg_are_refused(values, tmp_path):
    set_units(tmp_path / "data", "V")
    set_dimension(tmp_path / "data", b"mV")
    with pytest.raises(UserError, match=r"0.5 to 500 uV in 1 to 40 Hz; found 7\.\d+e\+03 uV"):
        read(values, tmp_path)


def test_z_scored_recordings_are_refused_until_their_amplitude_is_declared(values, tmp_path):
    path = tmp_path / "data" / EDF
    raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
    scores = raw.get_data()
    scores = (scores - scores.mean(1, keepdims=True)) / scores.std(1, keepdims=True)
    right = 10 * scores
    edf = mne.io.RawArray(scores * 1e-6, raw.info, verbose="error")
    edf.export(path, overwrite=True, verbose="error")
    with pytest.raises(UserError, match=r"eeg\.edf; expected EEG in a unit.*as after a z-score"):
        read(values, tmp_path)
    values["source"]["units"] = 10.0
    findings, found = read(values, tmp_path)
    np.testing.assert_allclose(found, right, atol=0.05)
    said = "The unit of stored values is 10 uV, as source.units says."
    assert [(finding.action, finding.what) for finding in findings] == [("assumed", said)]
