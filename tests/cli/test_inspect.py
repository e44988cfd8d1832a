"""`videeg inspect`: the summary of a release, a generator or a recording."""

import shutil

import h5py
import mne
import numpy as np
import pytest

from videeg_pipe import load_generator
from videeg_pipe.cli.main import main


def test_summary_lists_splits_and_all_datasets(released, capsys):
    assert main(["info", str(released / "videeg-gen.h5")]) == 0
    printed = capsys.readouterr().out
    with h5py.File(released / "videeg-gen.h5") as file:
        splits = file["split"].asstr()[:].tolist()
        assert f"train {splits.count('train')}" in printed
        for name, dataset in file.items():
            (line,) = (line for line in printed.splitlines() if line.startswith(f"{name} "))
            assert "x".join(map(str, dataset.shape)) in line
            assert dataset.attrs["description"] in line
    assert "SYNTHETIC" in printed.splitlines()[0]
    assert "protocol generation, licence CC-BY-4.0" in printed


def test_summary_of_a_generator(packed, capsys):
    assert main(["inspect", str(packed)]) == 0
    printed = capsys.readouterr().out
    assert "12 channels at 200 Hz, 0.5 to 40 Hz, average reference" in printed
    assert "person-1" in printed and "SYNTHETIC" in printed.splitlines()[0]


@pytest.mark.parametrize("name", ["eeg.h5", "eeg.zarr"])
def test_summary_of_generated_eeg(packed, flashing, tmp_path, capsys, name):
    path = tmp_path / name
    load_generator(packed).generate(flashing, seconds=1).save(path)
    assert main(["inspect", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "SYNTHETIC" in printed and "flashing.mp4" in printed and "1x12x200" in printed


@pytest.mark.parametrize("name", ["eeg.fif", "eeg.edf", "eeg.vhdr"])
def test_summary_of_a_recording(packed, flashing, tmp_path, capsys, name):
    load_generator(packed).generate(flashing, seconds=1).save(tmp_path / name)
    assert main(["inspect", str(tmp_path / name)]) == 0
    printed = capsys.readouterr().out
    assert "1 s at 200 Hz" in printed and "12 eeg channels: Fz, " in printed
    assert f"{12 if name.endswith('.fif') else 0} electrodes with a position" in printed
    kind = "Comment/" if name.endswith(".vhdr") else ""  # of BrainVision's markers
    assert f"1 x {kind}SYNTHETIC flashing.mp4" in printed


def test_summary_of_epochs(tmp_path, capsys):
    info = mne.create_info(["O1", "O2", "up\ndown"], 100.0, ["eeg", "eeg", "stim"])
    info["bads"] = ["O2"]
    events = np.array([[0, 0, 1], [100, 0, 2], [200, 0, 1]])
    names = {"face": 1, "house": 2}
    with mne.use_log_level("error"):
        epochs = mne.EpochsArray(np.zeros((3, 3, 50)), info, events, event_id=names)
        epochs.save(tmp_path / "x-epo.fif")
    assert main(["inspect", str(tmp_path / "x-epo.fif")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["no description", "3 epochs of 50 time points at 100 Hz, 0 to 50 Hz"]
    assert lines[2] == r"2 eeg, 1 stim channels: O1, O2, up\ndown"
    assert lines[3:] == [
        "0 electrodes with a position", "marked as bad: O2", "2 x face", "1 x house"
    ]  # fmt: skip


def test_epochs_of_eeglab_and_another_fif(tmp_path, capsys):
    info = mne.create_info(["O1", "O2"], 100.0, "eeg")
    with mne.use_log_level("error"):
        epochs = mne.EpochsArray(np.ones((3, 2, 50)), info)
        mne.export.export_epochs(tmp_path / "x.set", epochs)
        mne.make_ad_hoc_cov(info).save(tmp_path / "x-cov.fif")
    assert main(["inspect", str(tmp_path / "x.set")]) == 0
    assert "3 epochs of 50 time points at 100 Hz" in capsys.readouterr().out
    assert main(["inspect", str(tmp_path / "x-cov.fif")]) == 1
    assert "expected a recording or epochs; found a FIF file of" in capsys.readouterr().err


def test_a_damaged_recording_gives_one_plain_line(tmp_path, capsys):
    for name in ("a.edf", "a.fif", "a-epo.fif.gz"):
        assert main(["inspect", str(tmp_path / name)]) == 1
        (tmp_path / name).write_bytes(b"no EEG")
        assert main(["inspect", str(tmp_path / name)]) == 1
        missing, damaged = capsys.readouterr().err.splitlines()
        assert "no such file" in missing and "a recording or epochs; found" in damaged


def test_a_damaged_zarr_is_named(packed, flashing, tmp_path, capsys):
    path = tmp_path / "eeg.zarr"
    load_generator(packed).generate(flashing, seconds=1).save(path)
    shutil.rmtree(path / "eeg")
    assert main(["inspect", str(path)]) == 1
    assert "eeg.zarr; expected EEG that videeg generate wrote; found " in capsys.readouterr().err
    (path / "zarr.json").unlink()
    assert main(["inspect", str(path)]) == 1
    assert "eeg.zarr; expected a release" in capsys.readouterr().err


def _text(path):
    path.write_text("no HDF5")


def _other(path):
    with h5py.File(path, "w") as file:
        file["data"] = [1, 2, 3]


def _truncated(path):
    path.write_bytes(path.read_bytes()[:5000])


def _edited(edit):
    def write(path):
        with h5py.File(path, "r+") as file:
            edit(file)

    return write


def _link_outside(file):
    del file["eeg"]
    file["eeg"] = h5py.ExternalLink("other.h5", "eeg")


def _link_to_itself(file):
    del file["eeg"]
    file["eeg"] = h5py.SoftLink("/eeg")


def _replaced(name, values):
    """Return an edit that puts other values in place of a data set."""

    def edit(file):
        del file[name]
        file[name] = values

    return edit


def _few_channels(file):
    _replaced("eeg", file["eeg"][:, :5])(file)


def _huge(file):
    del file["eeg"]
    file.create_dataset("eeg", (80, 62, 10**9), "f4", chunks=(1, 62, 200))


def _generated_group(path):
    with h5py.File(path, "w") as file:
        file.attrs["provenance"] = "{}"
        file.create_group("eeg")


def _array(path):
    np.save(path.with_suffix(".npy"), np.zeros(3))
    path.with_suffix(".npy").rename(path)


FOREIGN = {
    "missing": (lambda path: path.unlink(), "found no such file"),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "found a folder without them"),
    "text": (_text, "found another file"),
    "array": (_array, "found another file"),
    "HDF5": (_other, "found schema_version none"),
    "truncated": (_truncated, "found a truncated or damaged one"),
    "later schema": (
        _edited(lambda file: file.attrs.update(schema_version="99")),
        "found schema_version 99",
    ),
    "no split": (_edited(lambda file: file.pop("split")), "found "),
    "no eeg": (_edited(lambda file: file.pop("eeg")), "found no data set eeg"),
    "link": (_edited(_link_outside), "found no data set eeg"),
    "link to itself": (_edited(_link_to_itself), "found no data set eeg"),
    "no title": (_edited(lambda file: file.attrs.pop("title")), "found no attribute title"),
    "numbers as labels": (
        _edited(_replaced("split", np.zeros(80, int))),
        "found data set split of",
    ),
    "table of labels": (_edited(_replaced("split", [[b"a"]])), "found data set split of"),
    "whole numbers": (
        _edited(_replaced("eeg", np.zeros((80, 62, 1), int))),
        "data set eeg of int64",
    ),
    "other byte order": (_edited(_replaced("eeg", np.zeros((80, 62, 1), ">f4"))), "eeg of >f4"),
    "more than the file": (_edited(_huge), "which the file does not hold"),
    "few channels": (_edited(_few_channels), "channel_names with shape (62,) for 5 channels"),
    "volts": (_edited(lambda file: file.attrs.update(units="V")), "found units V"),
    "no rate": (_edited(lambda file: file.attrs.update(sfreq="fast")), "found sfreq fast"),
    "no places": (
        _edited(lambda file: file.attrs.update(channel_positions_m=np.full((62, 3), np.nan))),
        "found channel_positions_m without three numbers per channel",
    ),
    "names of bytes": (
        _edited(lambda file: file.attrs.update(title=b"\xff")),
        "attribute title that is not text",
    ),
    "generated without EEG": (_generated_group, "wrote; found data that cannot be read"),
    "no generator": (_edited(lambda file: file.attrs.update(generator="[1]")), "generator that is"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_gives_one_plain_line(released, tmp_path, capsys, name):
    write, words = FOREIGN[name]
    path = tmp_path / "file.h5"
    shutil.copy(released / "videeg-gen.h5", path)
    write(path)
    assert main(["inspect", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"videeg: {path}; ")
    assert words in line
    assert "0x" not in line
    assert "eof" not in line
