"""A release as a Zarr group."""

import h5py
import numpy as np
import pytest
import zarr
from hypothesis import given, settings

from tests.reader.releases import RATES, drawn, write
from videeg_pipe import load_release
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.runtime.errors import UserError


def test_all_fields_and_attributes_are_those_of_the_file(released, tmp_path):
    h5 = released / "videeg-gen.h5"
    release = load_release(h5)
    assert release.to_zarr(tmp_path / "release.zarr") == tmp_path / "release.zarr"
    group = zarr.open_group(tmp_path / "release.zarr", mode="r")
    with h5py.File(h5) as file:
        assert set(group.array_keys()) == {*file, "label"}
        for name, field in file.items():
            text = h5py.check_string_dtype(field.dtype) is not None
            expected = field.asstr()[:] if text else field[:]
            np.testing.assert_array_equal(group[name][:], expected)
            assert text or group[name].dtype == field.dtype
            assert group[name].attrs["units"] == field.attrs["units"]
        assert group.attrs["title"] == file.attrs["title"]
        assert group.attrs["channel_names"] == list(file.attrs["channel_names"])
    np.testing.assert_array_equal(group["label"][:], release.values("label"))
    assert group["eeg"].attrs["_ARRAY_DIMENSIONS"] == ["sample", "channel", "time"]
    with pytest.raises(UserError, match="a new or empty folder; found a folder with files"):
        release.to_zarr(tmp_path / "release.zarr")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="found a file; name another folder"):
        release.to_zarr(tmp_path / "file")


@settings(max_examples=15, deadline=None)
@given(drawn(), RATES)
def test_any_release_returns_from_zarr(tmp_path_factory, drawing, sfreq):
    eeg, channels, labels = drawing
    folder = tmp_path_factory.mktemp("drawn")
    write(folder / "release.h5", drawing, sfreq)[::-1].to_zarr(folder / "zarr")
    group = zarr.open_group(folder / "zarr", mode="r")
    np.testing.assert_array_equal(group["eeg"][:], eeg[::-1])
    assert group["eeg"].dtype == np.float32
    assert (group.attrs["units"], group.attrs["sfreq"]) == ("uV", sfreq)
    assert group.attrs["channel_names"] == list(channels)
    places_m = electrode_positions(tuple(channels))
    np.testing.assert_array_equal(group.attrs["channel_positions_m"], places_m)
    for name, values in labels.items():
        assert group[name][:].tolist() == values[::-1]
    classes = group.attrs["classes"]
    assert [classes[label] for label in group["label"][:]] == labels["concept"][::-1]
