"""Reading windows: every format, releases, and unreadable files."""

import zipfile

import h5py
import numpy as np
import pytest

from tests.external_eeg.windows import NAMES, SFREQ, N, eeg, error_line, write
from tests.generator.test_formats import generated
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.dataset import METADATA, to_epochs
from videeg_pipe.external_eeg.read_windows import read_windows
from videeg_pipe.runtime.errors import UserError


@pytest.mark.parametrize("name", ["x.npz", "x-epo.fif", "x_raw.fif", "bids"])
def test_windows_are_the_same_from_every_format(tmp_path, name):
    windows = eeg(1, 5)
    found = read_windows(write(tmp_path / name, windows), 1.0)
    assert (found.sfreq, found.channels) == (SFREQ, tuple(NAMES))
    step = np.ptp(windows) / 2**15 if name == "bids" else 1e-3  # EDF has 16 bits
    np.testing.assert_allclose(found.eeg, windows, atol=step)


@pytest.mark.parametrize("ending", [".h5", ".zarr"])
@pytest.mark.parametrize("new_sfreq", [None, 100.0])
def test_generated_arrays_give_the_windows_of_their_recordings(tmp_path, ending, new_sfreq):
    made = generated(draws=2, n_samples=450)
    path = tmp_path / f"eeg{ending}"
    made.save(path)
    found = read_windows(path, 1.0, sfreq=new_sfreq)
    (tmp_path / "fif").mkdir()
    made.save(tmp_path / "fif" / "eeg.fif")
    expected = read_windows(tmp_path / "fif", 1.0, sfreq=new_sfreq)
    assert (len(found), found.sfreq) == (4, expected.sfreq)
    assert [name.title() for name in found.channels] == list(expected.channels)
    difference = np.abs(found.eeg - expected.eeg)[..., 20:-20]  # filters differ at the ends
    assert difference.max() < (1e-3 if new_sfreq is None else 0.1)
    with pytest.raises(UserError, match=r"a window of 3 s or more; found 2\.25 s"):
        read_windows(path, 3.0)


def test_a_zarr_of_something_else_is_refused(tmp_path):
    (tmp_path / "x.zarr").mkdir()
    with pytest.raises(UserError, match=r"x\.zarr; expected EEG that videeg generate wrote"):
        read_windows(tmp_path / "x.zarr", 1.0)


def test_labels_are_read_from_a_release_and_its_epochs(tmp_path):
    columns = dict.fromkeys(METADATA, ["x"] * 4) | {
        "subject": ["a", "a", "b", "b"], "concept": ["cat", "dog"] * 2, "concept_id": [1, 2, 1, 2],
        "seed": [0] * 4, "video_time_s": [0.0] * 4, "eeg_scale": [0.1] * 4,
    }  # fmt: skip
    release, epochs = tmp_path / "videeg-gen.h5", tmp_path / "release-epo.fif"
    with h5py.File(release, "w") as file:
        file.attrs.update(schema_version="1.0", sfreq=SFREQ, channel_names=NAMES)
        file.attrs.update(title="t", version="1", channel_positions_m=electrode_positions(NAMES))
        file.attrs.update(units="uV", generator="{}")
        for name, values in {"eeg": eeg(1, 4), **columns}.items():
            file[name] = values
        file["split"][...] = ["train", "test"] * 2
    for path in (release, release.parent):
        held_out = read_windows(path, 1.0, split="test")
        np.testing.assert_array_equal(held_out.eeg, eeg(1, 4)[1::2])
    assert held_out.labels["concept"].tolist() == ["dog"] * 2 and not held_out.notes
    to_epochs(release).save(epochs, verbose="error")
    first, second = (read_windows(path, 1.0) for path in (release, epochs))
    np.testing.assert_allclose(first.eeg, second.eeg, atol=1e-3)
    assert any("2 of train, 2 of test" in note for note in first.notes)
    for found in (first, second):
        assert found.channels == tuple(NAMES)
        assert found.labels["subject"].tolist() == columns["subject"]
        assert found.labels["concept"].tolist() == columns["concept"]
        assert set(found.labels["emotion"]) == {"x"}
    with h5py.File(release, "a") as file:
        file["emotion"][0] = ""
    assert "emotion" not in read_windows(release, 1.0).labels  # of a window it is not known


def test_epochs_are_recognised_whatever_the_file_name(tmp_path):
    path = write(tmp_path / "x-epo.fif", eeg(1, 5)).rename(tmp_path / "b_eeg.fif")
    np.testing.assert_allclose(read_windows(path, 1.0).eeg, eeg(1, 5), atol=1e-3)


@pytest.mark.parametrize(
    ("mark", "at", "byte"),
    [
        (b"PK\x01\x02", 10, 9),  # packed in a way that Python does not know
        (b"PK\x01\x02", 8, 1),  # encrypted
        (b"eeg.npy", 40, 0xFF),  # in the packed bytes
    ],
)
def test_a_flipped_byte_of_an_archive_gives_one_line(tmp_path, mark, at, byte):
    path = tmp_path / "x.npz"
    np.savez_compressed(path, eeg=eeg(3))
    content = bytearray(path.read_bytes())
    content[content.index(mark) + at] ^= byte
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"x\.npz; expected a \.npz of plain arrays"):
        read_windows(path, 1.0)


def test_unreadable_files_give_one_line(tmp_path, arrays, capsys):
    real, _ = arrays
    pickled = tmp_path / "pickled.npy"
    np.save(pickled, np.array([{"a": 1}], object), allow_pickle=True)
    objects = tmp_path / "objects.npz"
    np.savez(objects, eeg=np.array([{"a": 1}], object))
    several = tmp_path / "several.npz"
    np.savez(several, a=eeg(1, 2), b=eeg(1, 2))
    foreign = tmp_path / "foreign.npz"
    with zipfile.ZipFile(foreign, "w") as file:
        file.writestr("notes", "not EEG")
    (tmp_path / "notes.txt").write_text("not EEG")
    (tmp_path / "broken.edf").write_text("not EEG")
    (tmp_path / "empty").mkdir()
    for path, word in {
        tmp_path / "missing.npy": "no such file",
        pickled: "pickle",
        objects: "pickle",
        several: "arrays a, b",
        foreign: "notes, which is no array",
        tmp_path / "notes.txt": "MNE reads",
        tmp_path / "broken.edf": "MNE reads",
        tmp_path / "empty": "no such recording",
        write(tmp_path / "flat.npy", eeg(1)[0]): "windows x channels x samples",
        write(tmp_path / "none.npy", eeg(1)[:0]): "at least one window",
        write(tmp_path / "words.npy", np.full((2, 3, 4), "a")): "array of numbers",
        write(tmp_path / "nan.npy", np.where(np.arange(N)[:, None, None] == 7, np.nan, eeg(1))):
            "the first in window 7",
        write(tmp_path / "constant.npy", 0 * eeg(1) + 3): "EEG that varies; found only flat",
        write(tmp_path / "large.npy", 1e30 * eeg(1)): "EEG in microvolts, up to 1e+06; found",
    }.items():  # fmt: skip
        assert word in error_line(capsys, real, path, "--sfreq", SFREQ), path
