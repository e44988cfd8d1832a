"""Memory does not grow with the length of the EEG, and what is on the disk leaves no trace."""

import tracemalloc
from dataclasses import replace
from shutil import disk_usage

import h5py
import mne
import numpy as np
import pytest
import zarr

from tests.drawn import write_video
from tests.generator.test_formats import READ, generated
from videeg_pipe import load_generator
from videeg_pipe.generator.folder import GeneratorFolder
from videeg_pipe.generator.generation import plan
from videeg_pipe.generator.on_disk import on_disk
from videeg_pipe.runtime import disk
from videeg_pipe.runtime.errors import UserError

IN_PIECES = (".fif", ".h5", ".zarr")
"""Formats that are written piece by piece."""


def peak(call):
    """Return the largest memory of NumPy's arrays and Python's objects during a call, bytes."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def values_of(path):
    """Return the stored values of EEG, as they are in the file."""
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            return file["eeg"][:]
    if path.suffix == ".zarr":
        return zarr.open_group(path, mode="r")["eeg"][:]
    return READ.get(path.suffix, mne.io.read_raw)(path, verbose="error").get_data()


@pytest.mark.parametrize("ending", [*READ, ".h5", ".zarr"])
def test_values_are_those_of_eeg_in_memory(tmp_path, ending):
    eeg = generated(draws=2, n_samples=12_345)
    expected = eeg.save(tmp_path / f"memory{ending}")
    with on_disk(tmp_path / "disk", eeg.data.shape) as stored:
        stored[:] = eeg.data
        made = replace(eeg, data=stored).save(tmp_path / f"disk{ending}")
    for one, other in zip(expected, made, strict=True):
        np.testing.assert_array_equal(values_of(one), values_of(other))


@pytest.fixture
def measured(packed, monkeypatch):
    """A generator whose videos were watched before."""
    measure = GeneratorFolder.measure
    watched = {}

    def once(folder, path):
        if path not in watched:
            watched[path] = measure(folder, path)
        return watched[path]

    monkeypatch.setattr(GeneratorFolder, "measure", once)
    return load_generator(packed).folder


def test_generating_holds_one_batch(measured, tmp_path):
    plans = []
    for seconds in (6, 60):
        pictures = (np.full((64, 64, 3), 4 * n % 256, np.uint8) for n in range(2 * seconds))
        video = write_video(tmp_path / f"{seconds}.mp4", pictures, fps=2)
        plans.append(plan(measured, video, mean_only=True))
        plans[-1].make()  # watches it
    added = 4 * 12 * 200 * 54  # bytes
    short, long = (peak(one.make) for one in plans)
    assert long - short > 0.9 * added
    for one in plans:
        with on_disk(tmp_path / "eeg.h5", one.shape) as data:
            in_file = peak(lambda one=one, data=data: one.make(data))
            assert in_file < short + 0.2 * added


@pytest.mark.parametrize("ending", IN_PIECES)
def test_writing_holds_a_piece(tmp_path, ending):
    minute = np.random.default_rng(0).standard_normal((1, 6, 12_000)).astype(np.float32)

    def peak_of(minutes):
        with on_disk(tmp_path / "eeg", (1, 6, 12_000 * minutes)) as stored:
            for start in range(0, stored.shape[-1], 12_000):
                stored[..., start : start + 12_000] = minute
            eeg = replace(generated(), data=stored)
            return peak(lambda: eeg.save(tmp_path / f"{minutes}{ending}"))

    peak_of(2)  # imports and caches
    short, long = peak_of(3), peak_of(23)
    assert long - short < 0.5 * 20 * minute.nbytes  # MNE holds the times of all samples


def test_the_file_has_no_name(tmp_path):
    with on_disk(tmp_path / "eeg.h5", (2, 3, 100)) as stored:
        stored[1, :, 20:30] = 1
        stored.file.flush()
        assert stored[1].sum() == 30 and stored.dtype == np.float32
        assert list(tmp_path.iterdir()) == []


def test_a_lack_of_space_is_named_before_anything_is_made(tmp_path, monkeypatch):
    full = disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: full)
    with on_disk(tmp_path / "eeg.h5", (1, 5, 25)):  # 500 bytes, and as many for the output
        pass
    message = r"eeg\.h5; expected .* free on its disk; .*; free some space there, or choose another"
    with pytest.raises(UserError, match=message), on_disk(tmp_path / "eeg.h5", (1, 5, 26)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_is_named(tmp_path):
    message = r"eeg\.h5; .*full disk"
    with pytest.raises(UserError, match=message), on_disk(tmp_path / "eeg.h5", (1, 5, 25)):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []
