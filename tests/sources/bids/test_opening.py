"""Opening of BIDS recordings: channels.tsv, annotations and formats."""

import json

import mne
import numpy as np
import pandas as pd
import pytest
import scipy.io

from tests.sources.builders import build_bids, eeg, run_acquire
from tests.sources.eeg_files import save_as_v73, write_edf, write_eeglab
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.marks import read_marks
from videeg_pipe.sources.bids.opening import channels_table, open_recording
from videeg_pipe.sources.recording import load_recording, open_raw

NAMES = mne.channels.make_standard_montage("colin27_1020").ch_names[:20]
STEM = "sub-01/eeg/sub-01_task-video_run-1"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def values(folder):
    return build_bids(folder, subjects=("01",))


def edit_channels(folder, change):
    path = folder / f"{STEM}_channels.tsv"
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    change(table).to_csv(path, sep="\t", index=False)


def read(values, tmp_path):
    made = run_acquire(values, tmp_path / "out")
    return load_recording("bids", next(made["recordings"].itertuples(index=False)))


def test_channels_tsv_may_have_another_order(values, folder, tmp_path):
    def reverse(table):
        table.loc[2, "status"], table.loc[5, "type"] = "bad", "EOG"
        return table[::-1]

    edit_channels(folder, reverse)
    raw = read(values, tmp_path)
    assert raw.ch_names == [name for name in NAMES if name != NAMES[5]]  # the order of the file
    assert raw.info["bads"] == [NAMES[2]]
    right = np.delete(eeg(0, (20, 1536)), 5, axis=0)
    np.testing.assert_allclose(raw.get_data() * 1e6, right, atol=0.05)


def test_types_and_status_are_read_with_blanks_and_a_recording_needs_a_good_channel(
    values, folder, tmp_path
):
    edit_channels(folder, lambda table: table.assign(type="EEG ", status=[*["Bad "] * 19, "good"]))
    assert read(values, tmp_path).info["bads"] == NAMES[:19]
    edit_channels(folder, lambda table: table.assign(status="bad"))
    with pytest.raises(UserError, match=r"at least one good EEG channel; found status bad of all"):
        read(values, tmp_path)


def test_other_names_in_channels_tsv_are_refused(values, folder, tmp_path):
    edit_channels(folder, lambda table: table.assign(name="EEG " + table["name"] + "-REF"))
    with pytest.raises(
        UserError,
        match=r"eeg\.edf.*among them EEG Fp1-REF.*such as Fp1.*names of the file",
    ):
        read(values, tmp_path)


def test_a_name_twice_in_channels_tsv_is_refused(values, folder, tmp_path):
    edit_channels(folder, lambda table: table.assign(name=[*table["name"][:-1], "Fp1"]))
    with pytest.raises(UserError, match=r"channels\.tsv; .*each channel once; found Fp1 twice"):
        read(values, tmp_path)


def test_channels_that_channels_tsv_lacks_are_said(values, folder):
    edit_channels(folder, lambda table: table[:-2])
    opened = open_recording(folder / f"{STEM}_eeg.edf")
    assert opened.raw.ch_names == NAMES
    assert [(finding.action, finding.what) for finding in opened.findings] == [
        (
            "assumed",
            "Channels that channels.tsv lacks have the types that the file states: "
            f"{', '.join(NAMES[-2:])}.",
        )
    ]


def test_annotations_in_latin_1_are_read(values, folder, tmp_path):
    path = folder / f"{STEM}_eeg.edf"
    names, seconds = list(NAMES), list(range(12))
    notes = ((2.0, "Augen ge\u00f6ffnet"),)
    write_edf(path, eeg(0, (20, 1536)), names, 128, onsets_s=seconds, notes=notes, kind="EDF+C")
    utf8, latin1 = "ge\u00f6ffnet\x14\x00".encode(), "ge\u00f6ffnet\x14\x00\x00".encode("latin-1")
    path.write_bytes(path.read_bytes().replace(utf8, latin1))
    opened = open_recording(path)
    assert opened.raw.annotations.description.tolist() == ["Augen ge\u00f6ffnet"]
    assert [finding.what for finding in opened.findings] == [
        "Its annotations are Latin-1, not UTF-8."
    ]
    np.testing.assert_allclose(
        read(values, tmp_path).get_data() * 1e6, eeg(0, (20, 1536)), atol=0.05
    )


def test_epochs_are_refused(values, folder, tmp_path):
    sidecar = folder / f"{STEM}_eeg.json"
    facts = json.loads(sidecar.read_text(encoding="utf-8-sig"))
    sidecar.write_text(json.dumps(facts | {"RecordingType": "epoched"}))
    with pytest.raises(UserError, match=r"a continuous recording; found RecordingType epoched"):
        read(values, tmp_path)


def eeglab(folder):
    """Path of the recording as EEGLAB's `.set`, instead of EDF."""
    (folder / f"{STEM}_eeg.edf").unlink()
    return folder / f"{STEM}_eeg.set"


def test_epochs_of_eeglab_are_refused(values, folder, tmp_path):
    path = eeglab(folder)
    write_eeglab(path, eeg(0, (20, 1536)), list(NAMES), 128, boundaries=[])
    facts = scipy.io.loadmat(path, squeeze_me=False)
    facts["EEG"]["trials"][0, 0] = np.array([[3]])
    scipy.io.savemat(path, {"EEG": facts["EEG"]})
    with pytest.raises(UserError, match=r"a continuous recording; found The number of trials is 3"):
        read(values, tmp_path)


@pytest.mark.parametrize("structure", [True, False])
@pytest.mark.parametrize("n_events", [0, 1, 3])
def test_matlab_v73_is_read_as_older_versions_are(structure, n_events, values, folder, tmp_path):
    path = eeglab(folder)
    boundaries = [(1300, 128.0)] if n_events else []
    notes = tuple((at, "S  1") for at in (128, 1408)[: n_events - 1 if n_events else 0])
    source = {"bids": {"onsets": "samples"}, **values}
    write_eeglab(path, eeg(0, (20, 1536)), list(NAMES), 128, boundaries=boundaries, notes=notes)
    older = read(source, tmp_path / "older")
    save_as_v73(path, structure=structure)
    newer = read(source, tmp_path / "newer")
    np.testing.assert_array_equal(newer.get_data(), older.get_data())
    np.testing.assert_allclose(newer.get_data() * 1e6, eeg(0, (20, 1536)), atol=0.05)
    assert newer.ch_names == older.ch_names == list(NAMES)
    assert list(newer.annotations.onset) == [1300 / 128] * bool(n_events)
    assert list(read_marks(path, open_raw(path)[0]).annotations) == [
        (at, at, "S  1") for at, _ in notes
    ]


def test_volts_in_eeglab_are_found_by_channels_tsv(values, folder, tmp_path):
    """EEGLAB states no unit and means microvolts."""
    path = eeglab(folder)
    write_eeglab(path, eeg(0, (20, 1536)) * 1e-6, list(NAMES), 128, boundaries=[])
    edit_channels(folder, lambda table: table.assign(units="V"))
    raw = read(values, tmp_path)
    np.testing.assert_allclose(raw.get_data() * 1e6, eeg(0, (20, 1536)), atol=0.05)


def test_rows_without_a_name_in_channels_tsv_are_refused(tmp_path):
    (tmp_path / "a_channels.tsv").write_text("name\ttype\nn/a\tEEG\n\tEEG\n")
    with pytest.raises(UserError, match=r"channels\.tsv; .*each channel once; found n/a twice"):
        channels_table(tmp_path / "a_eeg.edf")
