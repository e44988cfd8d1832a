"""Full disks: named before a write that cannot fit, and after one that did not."""

import os
import shutil
from contextlib import suppress
from functools import partial
from types import SimpleNamespace

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from tests.limited import limited
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.contracts.tables import write_parquet
from videeg_pipe.generator.eeg import GeneratedEeg
from videeg_pipe.runtime.disk import check_space, disk_full, take_space, trim
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path, new_npy, write_json, write_npy

GB = 10**9


@pytest.fixture
def disk(monkeypatch, tmp_path):
    """Return a function that sets the free bytes of the disk."""
    usage = shutil.disk_usage(tmp_path)._replace(total=100 * GB)

    def free(n_bytes):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=int(n_bytes)))

    return free


def test_a_write_that_cannot_fit_is_refused_before_it_begins(tmp_path, disk):
    disk(2 * GB)
    path = tmp_path / "new folder" / "a.h5"
    check_space(path, 2 * GB)
    with pytest.raises(UserError) as said:
        check_space(path, 3 * GB)
    assert f"{path}; expected 3.0 GB free on its disk; found 2.0 GB of 100.0 GB free; " in str(
        said.value
    )
    assert not path.parent.exists()


@pytest.fixture
def inodes(monkeypatch, tmp_path):
    """Return a function that sets the files of the disk: the total, and how many more it takes."""
    true = os.statvfs(tmp_path)
    space = {name: getattr(true, name) for name in ("f_frsize", "f_blocks", "f_bfree", "f_bavail")}

    def files(total, more):
        limits = SimpleNamespace(**space, f_files=total, f_favail=more)
        monkeypatch.setattr(os, "statvfs", lambda _: limits)

    return files


def test_more_files_than_the_disk_takes_are_refused_before_the_first(tmp_path, inodes):
    inodes(1_000_000, 2_999)
    check_space(tmp_path / "part.zarr", 0, n_files=2_999)
    with pytest.raises(UserError) as said:
        check_space(tmp_path / "part.zarr", 0, n_files=3_000)
    expected = "part.zarr; expected room for 3,000 more files and folders on its disk; found room"
    assert f"{expected} for 2,999 (inodes); remove files there" in str(said.value)
    for unlimited in ((0, 0), (1_000_000, -1), (-1, -1)):  # Btrfs, CephFS, FUSE
        inodes(*unlimited)
        check_space(tmp_path / "part.zarr", 0, n_files=3_000)
        assert "inodes" not in str(disk_full(tmp_path / "a"))


def test_the_error_of_a_full_disk_says_if_only_files_are_too_many(tmp_path, disk, inodes):
    disk(50 * GB)
    inodes(1_000_000, 0)
    assert "50.0 GB of 100.0 GB free, no further file (inodes);" in str(disk_full(tmp_path / "a"))
    inodes(1_000_000, 1)
    assert "inodes" not in str(disk_full(tmp_path / "a"))


def test_small_sizes_are_in_megabytes(tmp_path, disk):
    disk(1234)
    assert "0.0 MB of 100.0 GB free" in str(disk_full(tmp_path / "a"))


NUMBERS = np.random.default_rng(0).random(100_000)


def _torch(path):
    with atomic_path(path) as temporary:
        torch.save({"weights": torch.from_numpy(NUMBERS)}, temporary)


def _mapped(path):
    with new_npy(path, NUMBERS.shape, NUMBERS.dtype) as array:
        array[:] = NUMBERS


def _h5(path):
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        take_space(temporary, NUMBERS.nbytes)
        file["eeg"] = NUMBERS


def _tensors(path):
    with atomic_path(path) as temporary:
        save_file({"weights": torch.from_numpy(NUMBERS)}, temporary)


def _csv(path):
    with atomic_path(path) as temporary:
        pd.DataFrame({"a": NUMBERS}).to_csv(temporary)


def _folder(path):
    with atomic_path(path) as temporary:
        temporary.mkdir()
        np.save(temporary / "small.npy", NUMBERS[:10])
        np.save(temporary / "eeg.npy", NUMBERS)


WRITERS = {
    "npy": partial(write_npy, array=NUMBERS),
    "mapped": _mapped,
    "json": partial(write_json, value=NUMBERS.tolist()),
    "parquet": partial(write_parquet, frame=pd.DataFrame({"a": NUMBERS})),
    **{"torch": _torch, "h5": _h5, "safetensors": _tensors, "csv": _csv},
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_every_writer_says_that_a_real_disk_is_full(small_disk, write):
    path = small_disk / "result"
    path.write_text("before")
    with pytest.raises(UserError, match=r"result; expected .* disk.*; found .* of 0\.3 MB free;"):
        write(path)
    assert [one.name for one in small_disk.iterdir()] == ["result"]
    assert path.read_text() == "before"


@pytest.mark.parametrize("write", [*WRITERS.values(), _folder], ids=[*WRITERS, "folder"])
def test_every_writer_says_that_a_quota_is_used_up(tmp_path, write):
    path = tmp_path / "result"
    with pytest.raises(UserError) as said:
        limited(100_000, write, path)
    assert f"{path}; expected space on the disk" in str(said.value)
    assert " GB free, files of 0.1 MB allowed (ulimit -f); free some space" in str(said.value)
    assert list(tmp_path.iterdir()) == []


def test_the_error_says_how_much_was_written(tmp_path):
    with pytest.raises(UserError, match=r"disk for more than 0\.3 MB; found a full disk, a used"):
        limited(300_000, _torch, tmp_path / "result")


@pytest.mark.parametrize(
    "error",
    [OSError("unreadable"), RuntimeError("unexpected pos"), OSError(13, "no"), ValueError("no")],
)
def test_other_errors_on_a_small_disk_stay_what_they_are(small_disk, error):
    with pytest.raises(type(error)) as raised, atomic_path(small_disk / "result") as temporary:
        temporary.write_bytes(bytes(100_000))
        raise error
    assert raised.value is error


@pytest.mark.parametrize("ending", [".fif", ".edf", ".h5", ".zarr", ""])
def test_generated_eeg_says_that_a_real_disk_is_full(small_disk, ending):
    names = ("FZ", "CZ", "PZ", "OZ")
    data = np.resize(NUMBERS, (1, 4, 60_000)).astype(np.float32)
    provenance = {"person": {"name": "sub1"}}
    eeg = GeneratedEeg(data, names, electrode_positions(names), 200.0, (1, 40), "a", provenance)
    with pytest.raises(
        UserError, match=r"/eeg\S*; expected space on the disk.*; .* of 0\.3 MB free;"
    ):
        eeg.save(small_disk / f"eeg{ending}")
    assert list(small_disk.iterdir()) == []


def test_a_mapped_file_does_not_take_space_that_another_writer_took(small_disk, monkeypatch):
    monkeypatch.setattr("videeg_pipe.runtime.files.check_space", lambda *_: None)
    with (
        pytest.raises(UserError, match="expected space on the disk"),
        new_npy(small_disk / "a.npy", (2**20,), np.uint8) as array,
    ):
        array[:] = 1
    assert list(small_disk.iterdir()) == []


def test_space_that_was_taken_is_there_when_the_disk_is_full(small_disk):
    path, filler = small_disk / "a.h5", small_disk / "filler"
    with h5py.File(path, "w") as file:
        take_space(path, 200_000)
        with filler.open("wb", buffering=0) as other, suppress(OSError):
            while True:
                other.write(bytes(1000))
        file["eeg"] = NUMBERS[:20_000]
    np.testing.assert_array_equal(h5py.File(path)["eeg"], NUMBERS[:20_000])
    filler.unlink()
    before = path.stat()
    trim(path)
    after = path.stat()
    assert after.st_size == before.st_size
    assert after.st_blocks < before.st_blocks


def test_more_space_than_there_is_cannot_be_taken(small_disk):
    path = small_disk / "a"
    path.touch()
    with pytest.raises(OSError, match="No space left"):
        take_space(path, 2**20)
    assert path.stat().st_size == 0
