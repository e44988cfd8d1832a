"""Sampling rates, lengths and names of files that contradict each other."""

import json

import numpy as np
import pytest

from tests.sources.eeg_files import NAMES, write_brainvision, write_edf, write_eeglab
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.opening import open_recording

EEG = 20 * np.random.default_rng(0).standard_normal((20, 2000))


def opened(path):
    return open_recording(path, electrodes="template")


def state(stem, **facts):
    stem.with_suffix(".json").write_text(json.dumps(facts))


def edf(stem):
    return write_edf(stem.with_suffix(".edf"), EEG, NAMES, 200)


def found(path):
    return [finding.what for finding in opened(path).findings]


def test_equal_rates_pass(stem):
    state(stem, SamplingFrequency=200)
    assert not any("Hz" in what for what in found(edf(stem)))


def test_a_rounded_rate_passes(stem):
    state(stem, SamplingFrequency=199.97)
    assert not any("Hz" in what for what in found(edf(stem)))


def test_contradicting_rates_are_refused(stem):
    state(stem, SamplingFrequency=500)
    with pytest.raises(UserError, match=r"500 Hz.*found 200 Hz in the file's header"):
        opened(edf(stem))


def test_the_duration_confirms_the_header(stem):
    state(stem, SamplingFrequency=500, RecordingDuration=10)
    assert any("200 Hz, as its header says, not 500 Hz" in what for what in found(edf(stem)))


def test_a_duration_that_fits_the_side_file_does_not_help(stem):
    state(stem, SamplingFrequency=500, RecordingDuration=4)
    with pytest.raises(UserError, match="a wrong rate moves every event"):
        opened(edf(stem))


def test_a_header_that_names_other_samples_is_refused(stem):
    path = write_brainvision(stem.with_suffix(".vhdr"), EEG, NAMES, 200)
    stem.with_name("old.eeg").write_bytes(stem.with_suffix(".eeg").read_bytes())
    path.write_text(path.read_text().replace(f"DataFile={stem.name}.eeg", "DataFile=old.eeg"))
    with pytest.raises(UserError, match=r"a header that names old\.eeg"):
        opened(path)


def test_samples_under_another_name_are_read_where_no_other_file_fits(stem):
    path = write_brainvision(stem.with_suffix(".vhdr"), EEG, NAMES, 200)
    stem.with_suffix(".eeg").rename(stem.with_name("old.eeg"))
    path.write_text(path.read_text().replace(f"DataFile={stem.name}.eeg", "DataFile=old.eeg"))
    recording = opened(path)
    assert "Its samples are in a file of another name, as its header says." in [
        finding.what for finding in recording.findings
    ]
    assert np.allclose(recording.volts() * 1e6, EEG, atol=1e-3)


def test_files_that_their_header_names_are_missed_by_name(stem):
    path = write_brainvision(stem.with_suffix(".vhdr"), EEG, NAMES, 200)
    stem.with_suffix(".eeg").rename(stem.with_name("old.eeg"))
    with pytest.raises(UserError, match=rf"header names; found no {stem.name}\.eeg; correct the"):
        opened(path)


@pytest.mark.parametrize(
    ("stated", "held", "words"),
    [
        (b"10", 8.5, "states 10 records; the file holds 8: these are read."),
        (b"-1", 10, "states no number of records; the file holds 10: these are read."),
        (b"6", 10, "states 6 records; the file holds 10: these are read."),
    ],
)
def test_records_that_the_header_does_not_count_are_said(stem, stated, held, words):
    path = edf(stem)
    content = bytearray(path.read_bytes())
    content[236:244] = stated.ljust(8)
    path.write_bytes(content[: int(256 * 21 + held * 200 * 20 * 2)])
    recording = opened(path)
    assert [one.what for one in recording.findings if "records" in one.what] == [
        f"Its header {words}"
    ]
    assert np.allclose(recording.volts() * 1e6, EEG[:, : int(held) * 200], atol=0.1)


def test_a_short_file_of_brainvision_is_said_or_refused(stem):
    path = write_brainvision(stem.with_suffix(".vhdr"), EEG, NAMES, 200)
    samples = stem.with_suffix(".eeg")
    state(stem, SamplingFrequency=200, RecordingDuration=10)
    assert not any("holds" in what for what in found(path))
    samples.write_bytes(samples.read_bytes()[: 7 * 200 * 20 * 4])
    assert "The file holds 7.000 s; its side file states 10 s." in found(path)
    samples.write_bytes(samples.read_bytes()[:-6])
    with pytest.raises(UserError, match=r"\.eeg; expected 80 bytes per sample.*found 111994 bytes"):
        opened(path)


def test_a_short_file_of_eeglab_is_refused(stem):
    path = write_eeglab(stem.with_suffix(".set"), EEG, NAMES, 200, fdt=f"{stem.name}.fdt")
    samples = stem.with_suffix(".fdt")
    samples.write_bytes(samples.read_bytes()[:-80])
    with pytest.raises(UserError, match=r"\.fdt; expected 160000 bytes.*found 159920 bytes"):
        opened(path)


@pytest.mark.parametrize("n", [0, 1, 300])
@pytest.mark.parametrize("kind", ["edf", "vhdr", "fdt"])
def test_a_file_without_a_recording_is_refused(stem, kind, n):
    eeg = EEG[:, :n]
    if kind == "edf":
        path = write_edf(stem.with_suffix(".edf"), EEG[:, : n // 200 * 200], NAMES, 200)
    elif kind == "vhdr":
        path = write_brainvision(stem.with_suffix(".vhdr"), eeg, NAMES, 200)
    else:
        path = write_eeglab(stem.with_suffix(".set"), eeg, NAMES, 200, fdt=f"{stem.name}.fdt")
    with pytest.raises(UserError, match=r"expected a recording of at least 2 s; found [01]\S* s;"):
        opened(path)
