"""A person's recording comes out as those of the training."""

import mne
import numpy as np
import pytest

from tests.generator.people import SFREQ, course, write_person
from tests.generators import CHANNELS, layout_of
from videeg_pipe.generator.recording import read_recording
from videeg_pipe.runtime.errors import UserError

RECORD = {"l_freq": 0.5, "h_freq": 40.0, "reference": "average"}


@pytest.mark.parametrize("end", ["_raw.fif", ".edf", ".vhdr"])
def test_filters_order_and_rate_are_those_of_the_generator(tmp_path, end):
    eeg = course(30)
    fast = 5 * np.sin(2 * np.pi * 70 * np.arange(eeg.shape[1]) / SFREQ)
    signs = np.resize([1.0, -1.0], len(CHANNELS))[:, None]
    path = write_person(tmp_path / f"person{end}", eeg + signs * fast + 40)
    recorded = read_recording(path, layout_of(), RECORD)
    assert recorded.interpolated == [] and recorded.segments == []
    assert recorded.eeg.shape == (len(CHANNELS), 6000) and recorded.eeg.dtype == np.float32
    expected = mne.filter.resample(eeg, up=200, down=SFREQ, verbose="error")
    inside = np.s_[:, 1000:-1000]
    error = recorded.eeg[inside] - expected[inside]
    assert error.std() < 0.03 * expected.std()


def test_missing_electrodes_are_interpolated_and_many_are_refused(tmp_path):
    whole = mne.io.read_raw(write_person(tmp_path / "whole_raw.fif", course(20)), verbose="error")
    part = whole.copy().load_data().drop_channels(["Pz"])
    part.save(tmp_path / "part_raw.fif", verbose="error")
    recorded = read_recording(tmp_path / "part_raw.fif", layout_of(), RECORD)
    assert recorded.interpolated == ["PZ"]
    assert recorded.eeg[CHANNELS.index("PZ")].std() > 2
    few = whole.copy().load_data().pick(["Fz", "Cz", "P3", "P4", "O1", "O2"])
    few.save(tmp_path / "few_raw.fif", verbose="error")
    with pytest.raises(UserError, match=r"the electrodes FZ, .*6 of 12 missing; rename"):
        read_recording(tmp_path / "few_raw.fif", layout_of(), RECORD)


@pytest.mark.parametrize("end", ["_raw.fif", ".edf"])
def test_windows_keep_off_bad_segments_and_ends(tmp_path, end):
    marks = [(3.1, 0.5, "BAD_cough"), (5.0, 0.0, "flower.mp4")]
    path = write_person(tmp_path / f"person{end}", course(20), marks)
    recorded = read_recording(path, layout_of(), RECORD)
    starts = np.array([-1, 0, 419, 421, 719, 721, 3800, 3801])
    usable = [False, True, True, False, False, True, True, False]
    assert recorded.usable(starts, 200).tolist() == usable
    assert recorded.marks == [(5.0, "flower.mp4")]


def test_units_and_bad_channels_are_those_of_channels_tsv(tmp_path):
    path = write_person(tmp_path / "sub-anna_task-film_eeg.edf", course(20))
    expected = read_recording(path, layout_of(), RECORD)
    data = bytearray(path.read_bytes())
    n = int(data[252:256])
    assert data[256 + 96 * n :].startswith(b"uV")
    data[256 + 96 * n : 256 + 104 * n] = b" " * 8 * n
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"unit of voltage.*in its header or in channels\.tsv"):
        read_recording(path, layout_of(), RECORD)
    names = [name.capitalize() for name in CHANNELS]
    table = [("name", "type", "units", "status")]
    table += [(name, "EEG", "uV", "bad" if name == "Pz" else "good") for name in names]
    table += [("ECG", "ECG", "mV", "good")]
    text = "\n".join("\t".join(row) for row in table)
    (tmp_path / "sub-anna_task-film_channels.tsv").write_text(text, encoding="utf-8")
    recorded = read_recording(path, layout_of(), RECORD)
    assert recorded.interpolated == ["PZ"]
    good = [row for row, name in enumerate(CHANNELS) if name != "PZ"]
    both = np.corrcoef(recorded.eeg[good].ravel(), expected.eeg[good].ravel())
    assert both[0, 1] > 0.99
    ratio = recorded.eeg[good].std() / expected.eeg[good].std()
    assert ratio == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw.resample(70, verbose="error"), "sampling rate above 80 Hz.*found 70 Hz"),
        (lambda raw: raw.crop(0, 1), "at least 2 s outside pauses"),
        (lambda raw: raw.apply_function(lambda x: 0 * x), "found 12 of 12.*inspect the recording"),
        (lambda raw: raw.apply_function(lambda x: x * np.nan), "finite samples"),
        (
            lambda raw: raw.apply_function(lambda x: x * 1e6),
            r"0\.5 to 500 uV.*e\+07 uV; correct the",
        ),
        (lambda raw: raw.apply_function(lambda x: x * 1e-6), r"e-05 uV; correct the unit"),
    ],
)
def test_recordings_that_do_not_serve_are_refused(tmp_path, change, message):
    raw = mne.io.read_raw(write_person(tmp_path / "one_raw.fif", course(10)), verbose="error")
    change(raw.load_data())
    raw.save(tmp_path / "other_raw.fif", verbose="error")
    with pytest.raises(UserError, match=message) as error:
        read_recording(tmp_path / "other_raw.fif", layout_of(), RECORD)
    assert str(error.value).startswith(str(tmp_path / "other_raw.fif"))


def test_files_that_mne_cannot_read_are_refused(tmp_path):
    (tmp_path / "text.edf").write_text("no EEG")
    for path in (tmp_path / "text.edf", tmp_path / "none_raw.fif"):
        with pytest.raises(UserError, match="a recording that MNE reads"):
            read_recording(path, layout_of(), RECORD)
