"""Generated EEG is read from .h5 and .zarr; anything else is refused in one line."""

import json
import shutil

import h5py
import numpy as np
import pytest
import zarr

from tests.generator.test_formats import generated
from videeg_pipe import load_release
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.reader.generated import holds_generated
from videeg_pipe.runtime.errors import UserError

REMOVED = [
    "channel_names", "channel_positions_m", "sfreq", "band_hz", "units", "stimulus",
]  # fmt: skip


def test_a_release_and_generated_eeg_are_told_apart(released, tmp_path):
    generated().save(tmp_path / "eeg.h5")
    assert holds_generated(tmp_path / "eeg.h5")
    assert not holds_generated(released / "videeg-gen.h5")
    assert not holds_generated(tmp_path / "none.h5")
    with pytest.raises(UserError, match=r"EEG of videeg generate; .*GeneratedEeg\.load$"):
        load_release(tmp_path / "eeg.h5")
    with pytest.raises(UserError, match=r"found other data; .*load_release$"):
        GeneratedEeg.load(released / "videeg-gen.h5")
    load_release(released / "videeg-gen.h5").to_zarr(tmp_path / "release.zarr")
    with pytest.raises(UserError, match=r"found other data; .*load_release$"):
        GeneratedEeg.load(tmp_path / "release.zarr")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.h5", "none.h5; expected a file; found no such file"),
        ("eeg.fif", "in .h5 or .zarr; found the ending .fif; .* with MNE"),
        ("bids", "found no ending"),
        ("empty.zarr", "data that cannot be read"),
        ("text.h5", "data that cannot be read"),
    ],
)
def test_other_files_are_refused(tmp_path, name, message):
    (tmp_path / "empty.zarr").mkdir()
    (tmp_path / "text.h5").write_text("notes")
    with pytest.raises(UserError, match=message):
        GeneratedEeg.load(tmp_path / name)


@pytest.mark.parametrize("ending", [".h5", ".zarr"])
def test_damaged_arrays_are_refused(tmp_path, ending):
    whole, copy = tmp_path / f"whole{ending}", tmp_path / f"copy{ending}"
    generated().save(whole)

    def changed(name, value=None):
        if ending == ".h5":
            shutil.copy(whole, copy)
            with h5py.File(copy, "r+") as file:
                del file.attrs[name]
                if value is not None:
                    file.attrs[name] = value
        else:
            shutil.copytree(whole, copy, dirs_exist_ok=True)
            record = json.loads((copy / "zarr.json").read_text())
            del record["attributes"][name]
            if value is not None:
                record["attributes"][name] = value
            (copy / "zarr.json").write_text(json.dumps(record))

    changes = [(name, None) for name in REMOVED]
    changes += [("units", "V"), ("sfreq", 0.0), ("channel_names", ["Cz"]), ("provenance", "{")]
    for name, value in changes:
        changed(name, value)
        with pytest.raises(UserError, match="data that cannot be read; generate it again"):
            GeneratedEeg.load(copy)


def test_arrays_of_another_shape_are_refused(tmp_path):
    path = tmp_path / "eeg.h5"
    generated().save(path)
    with h5py.File(path, "r+") as file:
        del file["eeg"]
    with pytest.raises(UserError, match="cannot be read"):
        GeneratedEeg.load(path)
    with h5py.File(path, "r+") as file:
        file["eeg"] = np.zeros((6, 10), np.float32)
    with pytest.raises(UserError, match="cannot be read"):
        GeneratedEeg.load(path)
    generated().save(tmp_path / "eeg.zarr")
    zarr.open_group(tmp_path / "eeg.zarr", mode="r+").create_array(
        "eeg", shape=(2, 2), dtype="float32", overwrite=True
    )
    with pytest.raises(UserError, match="cannot be read"):
        GeneratedEeg.load(tmp_path / "eeg.zarr")
