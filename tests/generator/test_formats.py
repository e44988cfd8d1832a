"""Generated EEG is the same after each format, within its resolution."""

import errno
import json
import shutil
import signal
from pathlib import Path

import h5py
import mne
import mne_bids
import numpy as np
import pytest
import zarr

from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.generator import formats
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.runtime.errors import UserError

NAMES = ("FZ", "CZ", "PZ", "O1", "OZ", "O2")
IN_MNE = ["Fz", "Cz", "Pz", "O1", "Oz", "O2"]
RESOLUTION_UV = {".fif": 1e-4, ".edf": 0.02, ".bdf": 1e-3, ".vhdr": 1e-4, ".set": 1e-3}
READ = {
    ".fif": mne.io.read_raw_fif,
    ".edf": mne.io.read_raw_edf,
    ".bdf": mne.io.read_raw_bdf,
    ".vhdr": mne.io.read_raw_brainvision,
    ".set": mne.io.read_raw_eeglab,
}


def generated(draws=1, n_samples=400):
    data = 20 * np.random.default_rng(0).standard_normal((draws, len(NAMES), n_samples))
    provenance = {"generator": "abc", "person": {"name": "sub2"}, "seed": 1}
    positions = electrode_positions(NAMES)
    return GeneratedEeg(
        data.astype(np.float32), NAMES, positions, 200.0, (0.5, 40.0), "a clip.mp4", provenance
    )


@pytest.mark.parametrize("ending", RESOLUTION_UV)
def test_mne_reads_what_was_written(tmp_path, ending):
    eeg = generated()
    (path,) = eeg.save(tmp_path / f"eeg{ending}")
    raw = READ[ending](path, preload=True, verbose="error")
    assert raw.ch_names == IN_MNE
    assert raw.info["sfreq"] == 200
    np.testing.assert_allclose(1e6 * raw.get_data(), eeg.data[0], atol=RESOLUTION_UV[ending])
    shown = [text for text in raw.annotations.description if "clip" in text]
    assert shown and shown[0].endswith("SYNTHETIC a clip.mp4")
    assert raw.annotations.onset[0] == 0
    if ending in (".fif", ".set"):
        places = raw.get_montage().get_positions()["ch_pos"]
        assert len(places) == len(NAMES)


def test_fif_keeps_band_reference_and_provenance(tmp_path):
    (path,) = generated().save(tmp_path / "eeg.fif")
    info = mne.io.read_raw_fif(path, verbose="error").info
    assert (info["highpass"], info["lowpass"]) == pytest.approx((0.5, 40.0))
    assert info["custom_ref_applied"]
    assert info["description"].startswith("SYNTHETIC EEG") and "abc" in info["description"]
    places = np.stack([channel["loc"][:3] for channel in info["chs"]])
    np.testing.assert_allclose(places, electrode_positions(NAMES), atol=1e-6)


def test_arrays_hold_all_draws(tmp_path):
    eeg = generated(draws=3)
    eeg.save(tmp_path / "eeg.h5")
    eeg.save(tmp_path / "eeg.zarr")
    with h5py.File(tmp_path / "eeg.h5") as file:
        assert (file["eeg"][:] == eeg.data).all()
        assert file.attrs["channel_names"].tolist() == list(NAMES)
        assert file.attrs["units"] == "uV" and file.attrs["stimulus"] == "a clip.mp4"
        assert json.loads(file.attrs["provenance"]) == eeg.provenance
    group = zarr.open_group(str(tmp_path / "eeg.zarr"), mode="r")
    assert (group["eeg"][:] == eeg.data).all()
    assert group.attrs["sfreq"] == 200


def test_draws_become_files(tmp_path):
    eeg = generated(draws=2)
    paths = eeg.save(tmp_path / "eeg.edf")
    assert [path.name for path in paths] == ["eeg_draw-1.edf", "eeg_draw-2.edf"]
    second = mne.io.read_raw_edf(paths[1], preload=True, verbose="error")
    np.testing.assert_allclose(1e6 * second.get_data(), eeg.data[1], atol=0.02)


def test_bids_is_read_by_mne_bids(tmp_path):
    eeg = generated(draws=2)
    eeg.save(tmp_path / "bids")
    place = mne_bids.BIDSPath(
        subject="2", task="video", run=2, suffix="eeg", datatype="eeg", root=tmp_path / "bids"
    )
    raw = mne_bids.read_raw_bids(place, verbose="error").load_data()
    np.testing.assert_allclose(1e6 * raw.get_data(), eeg.data[1], atol=1e-3)
    described = json.loads((tmp_path / "bids" / "dataset_description.json").read_text())
    assert described["DatasetType"] == "derivative"
    assert described["GeneratedBy"][0]["Name"] == "videeg-pipe"
    events = place.copy().update(suffix="events", extension=".tsv").fpath.read_text().splitlines()
    assert events[0].endswith("stim_file\tstimulus")
    assert events[1].endswith("stimulus.txt\ta clip.mp4")
    assert "a clip.mp4" in (tmp_path / "bids" / "stimuli" / "stimulus.txt").read_text()


def test_existing_files_are_kept_unless_allowed(tmp_path):
    eeg = generated()
    names = ("eeg.fif", "eeg.vhdr", "eeg.zarr", "bids")
    for name in names:
        eeg.save(tmp_path / name)
        with pytest.raises(UserError, match=rf"{name}; expected a new name.*--overwrite"):
            eeg.save(tmp_path / name)
        eeg.save(tmp_path / name, overwrite=True)
    beside = {"eeg.eeg", "eeg.vmrk", "eeg.vhdr.json"}
    assert {path.name for path in tmp_path.iterdir()} == {*names, *beside}
    (tmp_path / "eeg.vhdr").unlink()
    with pytest.raises(UserError, match=r"eeg\.eeg; expected a new name"):
        eeg.save(tmp_path / "eeg.vhdr")


@pytest.mark.parametrize("ending", [".fif", ".vhdr"])
def test_a_set_of_draws_is_replaced_as_a_whole(tmp_path, ending):
    other = tmp_path / f"eeg_draw-x{ending}"
    other.write_text("mine")
    path = tmp_path / f"eeg{ending}"
    for draws in (3, 2, 1, 2):
        eeg = generated(draws)
        if draws < 3:
            with pytest.raises(UserError, match=r"eeg.*; expected a new name.*--overwrite"):
                eeg.save(path)
        eeg.save(path, overwrite=True)
        shutil.rmtree(tmp_path / "alone", ignore_errors=True)
        (tmp_path / "alone").mkdir()
        eeg.save(tmp_path / "alone" / path.name)
        alone = {file.name for file in (tmp_path / "alone").iterdir()}
        assert {file.name for file in tmp_path.iterdir()} == {*alone, "alone", other.name}
    assert other.read_text() == "mine"


@pytest.mark.parametrize("name", ["eeg.zarr", "bids", "eeg.vhdr", "eeg.fif"])
def test_an_interrupt_between_two_renames_waits(tmp_path, monkeypatch, name):
    old, new = generated(draws=2), generated(draws=2, n_samples=300)
    old.save(tmp_path / name)
    names = {path.name for path in tmp_path.iterdir()}
    rename, renamed = Path.replace, []

    def interrupted(path, target):
        if tmp_path in (path.parent, target.parent):  # not while the new files are written
            renamed.append(target)
            signal.raise_signal(signal.SIGINT)
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        new.save(tmp_path / name, overwrite=True)
    assert len(renamed) >= 2
    assert {path.name for path in tmp_path.iterdir()} == names
    monkeypatch.undo()
    for path in tmp_path.glob("eeg*.fif"):
        assert mne.io.read_raw_fif(path, verbose="error").n_times == 300
    for path in tmp_path.rglob("*.eeg"):
        assert path.stat().st_size == 4 * len(NAMES) * 300
    if name == "eeg.zarr":
        assert zarr.open_group(tmp_path / name, mode="r")["eeg"].shape[-1] == 300


def test_a_rename_that_fails_brings_the_old_files_back(tmp_path, monkeypatch):
    path = tmp_path / "eeg.vhdr"
    generated().save(path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    rename = Path.replace

    def failing(file, target):
        if target == path.with_name("eeg.vhdr.json") and file.parent.name == "new":
            raise PermissionError(13, "Permission denied")
        return rename(file, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(PermissionError):
        generated(n_samples=300).save(path, overwrite=True)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["mine", "mine.zarr", "mine.fif", "."])
def test_folders_of_others_are_never_replaced(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match=r"folder that exists; choose another name$"):
        generated().save(name, overwrite=True)
    assert (folder / "thesis.txt").read_text() == "years of work"


def test_a_folder_does_not_replace_a_file(tmp_path):
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(UserError, match=r"notes; .*found a file that exists; choose another name$"):
        generated().save(tmp_path / "notes", overwrite=True)


@pytest.mark.parametrize("ending", [".edf", ".bdf", ".vhdr", ".set"])
def test_provenance_lies_beside_formats_without_a_place_for_it(tmp_path, ending):
    generated().save(tmp_path / f"eeg{ending}")
    stated = json.loads((tmp_path / f"eeg{ending}.json").read_text())
    assert stated["title"] == "SYNTHETIC EEG" and "abc" in stated["provenance"]


def test_edf_fills_its_last_second_and_marks_where_the_stimulus_ends(tmp_path):
    (path,) = generated(n_samples=500).save(tmp_path / "eeg.edf")
    raw = mne.io.read_raw_edf(path, verbose="error")
    assert raw.n_times == 600 and raw.annotations.duration[0] == 2.5


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    eeg = generated(draws=2)
    written = []

    def fail(raw, path):
        path.write_text("half")
        written.append(path)
        if len(written) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(formats, "_write_mne", fail)
    with pytest.raises(KeyboardInterrupt):
        eeg.save(tmp_path / "eeg.fif")
    assert len(written) == 2 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [*formats.FORMATS, ""])
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path, monkeypatch, ending):
    eeg, usage = generated(), shutil.disk_usage(tmp_path)

    def fail(*_):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=0))
        raise OSError("14496 requested and 512 written")

    for writer in ("_write_mne", "_write_bids", "_write_zarr", "_write_h5"):
        monkeypatch.setattr(formats, writer, fail)
    with pytest.raises(UserError, match=f"eeg{ending}; expected space on the disk; found a full"):
        eeg.save(tmp_path / f"eeg{ending}")
    assert list(tmp_path.iterdir()) == []


def test_hdf5_takes_its_space_before_anything_is_written(tmp_path, monkeypatch):
    def no_space(path, n_bytes):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(formats, "take_space", no_space)
    with pytest.raises(UserError, match=r"eeg.h5; expected space on the disk; found a full"):
        generated().save(tmp_path / "eeg.h5")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("eeg.xyz", r"ending among \.fif.*found \.xyz"),
        ("none/eeg.fif", "none; expected a folder"),
        (".fif", "found an ending alone"),
        ("nowhere", "found a link to nothing that exists"),
        ("nowhere.fif", "found a link to nothing that exists"),
        ("generator/eeg.fif", "expected a place outside the folder of a generator"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused(tmp_path, name, message):
    for link in ("nowhere", "nowhere.fif"):
        (tmp_path / link).symlink_to("none")
    (tmp_path / "generator").mkdir()
    (tmp_path / "generator" / "generator.json").write_text("{}")
    with pytest.raises(UserError, match=message):
        formats.check_target(tmp_path / name, 1, overwrite=False)
