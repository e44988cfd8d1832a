"""Recordings in folders: order, several formats, pauses, units and copies."""

from dataclasses import replace
from pathlib import Path

import mne
import numpy as np
import pandas as pd
import pytest

from tests.external_eeg.windows import NAMES, SFREQ, eeg, error_line, run, write
from tests.sources.eeg_files import write_brainvision, write_edf
from videeg_pipe.external_eeg.pairing import pair_windows
from videeg_pipe.external_eeg.read_windows import read_windows
from videeg_pipe.runtime.errors import UserError

STEP = 0.02  # uV, resolution of 16 bits


def record(
    path: Path, windows: np.ndarray, names: list[str] = NAMES, breaks: tuple[int, ...] = ()
) -> Path:
    """Write windows (n, C, T) in uV as one recording, in the format that the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    joined = np.concatenate(list(windows.astype(np.float64) * 1e-6), axis=-1)
    if path.suffix == ".vhdr":
        segments = [(0, ""), *((sample, "") for sample in breaks)]
        write_brainvision(path, joined * 1e6, names, int(SFREQ), segments=segments)
        return path
    raw = mne.io.RawArray(joined, mne.create_info(names, SFREQ, "eeg"), verbose="error")
    if path.suffix == ".fif":
        raw.save(path, verbose="error")
    else:
        mne.export.export_raw(path, raw, verbose="error")
    return path


def test_a_folder_of_several_formats_is_read_in_natural_order(tmp_path):
    parts = [eeg(seed, 3) for seed in range(4)]
    record(tmp_path / "day1" / "rest_10.edf", parts[1])
    record(tmp_path / "day1" / "rest_2.vhdr", parts[0])
    record(tmp_path / "day2" / "rest_raw.fif", parts[2][:, ::-1], NAMES[::-1])
    write(tmp_path / "day2" / "trials-epo.fif", parts[3])
    (tmp_path / "day").mkdir()
    (tmp_path / "notes.txt").write_text("not EEG")
    (tmp_path / "._rest_2.edf").write_bytes(b"of a Mac")
    found = read_windows(tmp_path, 1.0)
    np.testing.assert_allclose(found.eeg, np.concatenate(parts), atol=STEP)
    assert found.channels == tuple(NAMES)
    assert found.files == {
        "day1/rest_2.vhdr": 3,
        "day1/rest_10.edf": 3,
        "day2/rest_raw.fif": 3,
        "day2/trials-epo.fif": 3,
    }
    assert found.labels.columns.empty


def test_a_folder_is_one_side_of_the_command(tmp_path):
    for number in range(2):
        record(tmp_path / "synthetic" / f"{number}.edf", eeg(number, 30))
    scores = run(tmp_path, write(tmp_path / "real.npz", eeg(5)), tmp_path / "synthetic")
    assert scores["synthetic"]["files"] == {"0.edf": 30, "1.edf": 30}
    assert scores["synthetic"]["n_windows"] == 60
    assert scores["warnings"] == []


def test_further_parts_of_a_long_file_are_read_once(tmp_path):
    windows = eeg(1, 500)
    joined = np.concatenate(list(windows.astype(np.float64) * 1e-6), axis=-1)
    raw = mne.io.RawArray(joined, mne.create_info(NAMES, SFREQ, "eeg"), verbose="error")
    raw.save(tmp_path / "long_raw.fif", split_size="2MB", verbose="error")
    assert len(list(tmp_path.iterdir())) == 3
    found = read_windows(tmp_path, 1.0)
    np.testing.assert_allclose(found.eeg, windows, atol=1e-3)
    assert found.files == {"long_raw.fif": 500}


def test_other_fif_files_are_left_out_and_named(tmp_path):
    record(tmp_path / "a_raw.fif", eeg(1, 3))
    covariance = mne.make_ad_hoc_cov(mne.create_info(NAMES, SFREQ, "eeg"), verbose="error")
    covariance.save(tmp_path / "a-cov.fif")
    assert read_windows(tmp_path, 1.0).notes == ("left out, as they hold no recording: a-cov.fif",)


def test_one_recording_in_two_formats_is_refused(tmp_path, capsys):
    record(tmp_path / "a.edf", eeg(1, 3))
    record(tmp_path / "a.vhdr", eeg(1, 3))
    line = error_line(capsys, tmp_path, tmp_path)
    assert "a.vhdr; expected one file per recording; found a.edf beside it" in line


def test_the_same_recording_under_two_names_is_refused(tmp_path):
    record(tmp_path / "a.edf", eeg(1, 3))
    record(tmp_path / "b.edf", eeg(1, 3))
    with pytest.raises(UserError, match=r"b\.edf; .*the same EEG as in .*a\.edf"):
        read_windows(tmp_path, 1.0)


@pytest.mark.parametrize("as_folder", [False, True])
def test_no_window_contains_a_pause(tmp_path, as_folder):
    stored = eeg(1, 5)
    path = record(tmp_path / "a.vhdr", stored, breaks=(500,))
    found = read_windows(tmp_path if as_folder else path, 1.0)
    samples = np.concatenate(list(stored), axis=-1)
    expected = [samples[:, start : start + 200] for start in (0, 200, 500, 700)]
    np.testing.assert_allclose(found.eeg, expected, atol=STEP)
    assert any("pause" in note for note in found.notes)


@pytest.mark.parametrize("as_folder", [False, True])
def test_recordings_are_resampled_before_they_are_cut(tmp_path, as_folder, capsys):
    def wave(sfreq, n):  # 7 Hz, another phase per channel
        seconds = np.arange(n) / sfreq
        return 30 * np.sin(2 * np.pi * 7 * seconds + np.arange(len(NAMES))[:, None])

    path = record(tmp_path / "a.vhdr", wave(SFREQ, 1000)[None], breaks=(500,))
    found = read_windows(tmp_path if as_folder else path, 1.0, sfreq=160.0)
    expected = [wave(160, 800)[:, start : start + 160] for start in (0, 160, 400, 560)]
    assert found.sfreq == 160
    np.testing.assert_allclose(found.eeg[..., 20:-20], np.array(expected)[..., 20:-20], atol=0.3)
    assert any("resampled from 200 to 160 Hz; filters" in note for note in found.notes)
    assert read_windows(path, 1.0, sfreq=SFREQ).eeg.shape == (4, len(NAMES), 200)
    assert capsys.readouterr().out == ""  # MNE says nothing


def test_a_file_named_as_in_bids_may_lie_anywhere(tmp_path):
    path = record(tmp_path / "mine_eeg.edf", eeg(1, 3))
    np.testing.assert_allclose(read_windows(path, 1.0).eeg, eeg(1, 3), atol=STEP)


@pytest.mark.parametrize("alone", [False, True])
def test_units_of_channels_tsv_count(tmp_path, alone):
    folder = write(tmp_path / "bids", eeg(1, 3))
    (file,) = folder.rglob("*.edf")
    data = bytearray(file.read_bytes())
    at = 256 + 96 * int(data[252:256])
    data[at : at + 8 * len(NAMES)] = b"        " * len(NAMES)
    file.write_bytes(data)
    found = read_windows(file if alone else folder, 1.0)  # channels.tsv says uV
    np.testing.assert_allclose(found.eeg, eeg(1, 3), atol=STEP)
    assert any("as channels.tsv says" in note for note in found.notes)


def test_channel_types_are_those_of_channels_tsv(tmp_path):
    folder = write(tmp_path / "bids", eeg(1, 3))
    (table,) = folder.rglob("*_channels.tsv")
    rows = pd.read_csv(table, sep="\t", keep_default_na=False)
    rows.loc[rows["name"] == NAMES[0], "type"] = "EOG"
    rows.to_csv(table, sep="\t", index=False)
    (file,) = folder.rglob("*.edf")
    for path in (file, folder):
        found = read_windows(path, 1.0)
        assert found.channels == tuple(NAMES[1:])
        np.testing.assert_allclose(found.eeg, eeg(1, 3)[:, 1:], atol=STEP)


def test_windows_in_bad_segments_are_counted(tmp_path):
    joined = np.concatenate(list(eeg(1, 5).astype(np.float64) * 1e-6), axis=-1)
    raw = mne.io.RawArray(joined, mne.create_info(NAMES, SFREQ, "eeg"), verbose="error")
    raw.set_annotations(mne.Annotations([2.5], [1.0], ["BAD_movement"]))
    raw.save(tmp_path / "a_raw.fif", verbose="error")
    found = read_windows(tmp_path / "a_raw.fif", 1.0)
    np.testing.assert_allclose(found.eeg, eeg(1, 5)[[0, 1, 4]], atol=1e-3)
    assert found.notes == ("windows that touch a segment marked as bad are left out: 2",)


@pytest.mark.parametrize(("dimension", "factor"), [("nV", 1e-3), ("mV", 1e3), ("", None)])
def test_edf_units_are_those_of_the_header(tmp_path, dimension, factor):
    path = record(tmp_path / "a.edf", eeg(1, 3))
    data = bytearray(path.read_bytes())
    n = int(data[252:256])
    at = 256 + 96 * n
    for channel in range(n):
        if data[at + 8 * channel : at + 8 * channel + 2] == b"uV":
            data[at + 8 * channel : at + 8 * channel + 8] = dimension.ljust(8).encode()
    path.write_bytes(data)
    if factor is None:
        with pytest.raises(UserError, match="expected a unit of voltage for each EEG channel"):
            read_windows(path, 1.0)
    else:
        found = read_windows(path, 1.0)
        np.testing.assert_allclose(found.eeg / factor, eeg(1, 3), atol=STEP)


PAUSED_S = [*range(4), *range(9, 15)]  # clock time of each stored second
BAD = ((2.25, "BAD_moved", 0.5), (11.25, "BAD_moved", 0.5))  # clock time: stored seconds 2 and 6


def paused(path: Path, notes=()) -> Path:
    """Write ten seconds of EDF+D with a pause."""
    path.parent.mkdir(parents=True, exist_ok=True)
    joined = np.concatenate(list(eeg(1, 10)), axis=-1)
    write_edf(path, joined, NAMES, int(SFREQ), onsets_s=PAUSED_S, notes=notes)
    return path


def bids(folder: Path, rows, suffix: str = ".edf") -> Path:
    """Path of a recording in a BIDS folder whose events are bad segments."""
    stem = folder / "sub-01" / "eeg" / "sub-01_task-rest"
    stem.parent.mkdir(parents=True)
    table = pd.DataFrame(
        [(at, length, text) for at, text, length in rows],
        columns=["onset", "duration", "trial_type"],
    )
    table.to_csv(f"{stem}_events.tsv", sep="\t", index=False)
    return Path(f"{stem}_eeg{suffix}")


@pytest.mark.parametrize("place", ["file", "folder", "events.tsv", "events.tsv of a file"])
def test_bad_segments_after_a_pause_are_at_clock_time(tmp_path, place):
    if place.startswith("events.tsv"):
        file = paused(bids(tmp_path / "data", BAD))
        found = read_windows(tmp_path / "data" if place == "events.tsv" else file, 1.0)
    else:
        file = paused(tmp_path / "data" / "a.edf", BAD)
        found = read_windows(file if place == "file" else file.parent, 1.0)
    np.testing.assert_allclose(found.eeg, np.delete(eeg(1, 10), [2, 6], axis=0), atol=2 * STEP)
    text = " ".join(found.notes)
    assert "it pauses 1 times" in text
    assert "marked as bad are left out: 2" in text


def test_bad_segments_of_a_file_count_beside_those_of_events_tsv(tmp_path):
    file = bids(tmp_path, BAD[:1])
    joined = np.concatenate(list(eeg(1, 10)), axis=-1)
    note = (6.25, "BAD_moved", 0.5)
    write_edf(file, joined, NAMES, 200, onsets_s=[*range(10)], notes=(note,), kind="EDF+C")
    found = read_windows(tmp_path, 1.0)
    np.testing.assert_allclose(found.eeg, np.delete(eeg(1, 10), [2, 6], axis=0), atol=2 * STEP)


@pytest.mark.parametrize(("bad_s", "marker_s"), [(4.25, 8.0), (9.25, 13.0)])  # samples, clock
def test_markers_tell_whether_bad_segments_count_pauses(tmp_path, bad_s, marker_s):
    rows = [(2.25, "BAD_moved", 0.5), (bad_s, "BAD_moved", 0.5), (marker_s, "S  1", 0)]
    file = bids(tmp_path, rows, ".vhdr")
    joined = np.concatenate(list(eeg(1, 10)), axis=-1)
    segments = [(0, "20200101120000000000"), (800, "20200101120009000000")]
    write_brainvision(file, joined, NAMES, 200, segments=segments, notes=((1600, "S  1"),))
    found = read_windows(tmp_path, 1.0)
    np.testing.assert_allclose(found.eeg, np.delete(eeg(1, 10), [2, 4], axis=0), atol=STEP)
    marker = file.with_suffix(".vmrk")
    marker.write_text(marker.read_text().replace(",1601,", ",1701,"))
    with pytest.raises(UserError, match=r"bad segments after a pause: 1; of 2 later.*export one"):
        read_windows(tmp_path, 1.0)


def test_a_label_that_one_file_lacks_is_not_used(tmp_path):
    info = mne.create_info(NAMES, SFREQ, "eeg")
    volts = eeg(1, 3).astype(np.float64) * 1e-6
    known = pd.DataFrame({"subject": ["s1", "s1", "s2"], "concept": ["cat", None, "dog"]})
    epochs = mne.EpochsArray(volts, info, metadata=known, verbose="error")
    epochs.save(tmp_path / "a-epo.fif", verbose="error")
    record(tmp_path / "b.edf", eeg(2, 5))
    found = read_windows(tmp_path, 1.0)
    assert found.labels.columns.empty
    assert "subject is not used: 5 of 8 windows have none" in found.notes
    assert "concept is not used: 6 of 8 windows have none" in found.notes
    synthetic = replace(found, labels=pd.DataFrame({"subject": ["s1"] * 8}))
    data, _ = pair_windows(found, synthetic, SFREQ, paired=False)
    np.testing.assert_allclose(
        data.scale, np.broadcast_to(found.eeg.std((0, 2))[:, None], data.scale.shape), rtol=1e-6
    )


@pytest.mark.parametrize("kept", [".vhdr", ".edf"])
def test_a_bids_recording_in_two_formats_is_read_once(tmp_path, kept):
    folder = write(tmp_path / "bids", eeg(1, 5))
    (file,) = folder.rglob("*_eeg.edf")
    other = {".vhdr": ".vhdr", ".edf": ".set"}[kept]
    if other == ".vhdr":
        record(file.with_suffix(other), eeg(1, 5))
    else:
        file.with_suffix(other).write_bytes(b"the same as EEGLAB writes it")
    found = read_windows(folder, 1.0)
    used = file.with_suffix(kept)
    np.testing.assert_allclose(found.eeg, eeg(1, 5), atol=STEP)
    assert found.files == {str(used.relative_to(folder)): 5}
    left = file.with_suffix(other if kept == ".edf" else ".edf")
    assert f"{used.name}: left out, the same recording: {left.name}" in found.notes
