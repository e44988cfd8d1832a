"""Releases whose EEG lies in volumes beside them."""

import os
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest
from torch.utils.data import DataLoader

from tests.release.parts import refused
from videeg_pipe import load_release

MAIN = "videeg-gen.h5"
VOLUMES = [f"videeg-gen-{i:03d}.h5" for i in range(3)]


@pytest.fixture
def folder(in_volumes, tmp_path):
    """A copy that the test may change."""
    return shutil.copytree(in_volumes, tmp_path / "a copy")


def rewrite(path, change):
    with h5py.File(path, "a") as file:
        change(file)


def same_samples(release, other):
    for name in other.with_fields(("eeg",)).attributes:
        if name != "created":
            np.testing.assert_array_equal(release.attributes[name], other.attributes[name])
    with h5py.File(other.path) as file:
        for name in file:
            np.testing.assert_array_equal(release.values(name), other.values(name))
    assert release.classes == other.classes


def test_all_fields_equal_those_of_one_file(in_volumes, released):
    release, other = load_release(in_volumes / MAIN, verify=True), load_release(released / MAIN)
    same_samples(release, other)
    backwards = release[::-7]
    np.testing.assert_array_equal(backwards.values("eeg"), other[::-7].values("eeg"))
    np.testing.assert_array_equal(release[59]["eeg"], other[59]["eeg"])


def test_h5py_reads_the_eeg_as_one_data_set(in_volumes, released):
    with h5py.File(in_volumes / MAIN) as file, h5py.File(released / MAIN) as other:
        assert np.isnan(file["eeg"].fillvalue)
        assert dict(file["eeg"].attrs) == dict(other["eeg"].attrs)
        np.testing.assert_array_equal(file["eeg"][:], other["eeg"][:])
        np.testing.assert_array_equal(file["eeg"][25:65, 3], other["eeg"][25:65, 3])


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_worker_processes_read_all_volumes(in_volumes, released, start):
    loader = DataLoader(
        load_release(in_volumes / MAIN).to_torch(),
        batch_size=16,
        num_workers=2,
        multiprocessing_context=start,
    )
    eeg = np.concatenate([batch["eeg"].numpy() for batch in loader])
    np.testing.assert_array_equal(eeg, load_release(released / MAIN).values("eeg"))


def test_exports_hold_the_same(in_volumes, released, tmp_path):
    release, other = (load_release(one / MAIN)[20:40] for one in (in_volumes, released))
    for made, expected in (
        (release.to_huggingface(tmp_path / "h"), other.to_huggingface(tmp_path / "h1")),
        (release.to_bids(tmp_path / "b"), other.to_bids(tmp_path / "b1")),
    ):
        files = [path for path in expected.rglob("*") if path.suffix in (".parquet", ".eeg")]
        assert files
        for path in files:
            assert (made / path.relative_to(expected)).read_bytes() == path.read_bytes()


def test_other_places_and_links(folder, released, tmp_path):
    expected = load_release(released / MAIN)[35]["eeg"]
    link = tmp_path / "link"
    link.symlink_to(folder)
    moved = tmp_path / "moved"
    code = "import sys; from videeg_pipe import load_release; "
    code += "print(load_release(sys.argv[1])[35]['eeg'].tobytes().hex())"

    def read(path, cwd):
        done = subprocess.run(
            [sys.executable, "-c", code, path], cwd=cwd, capture_output=True, text=True
        )
        assert done.stdout.strip() == expected.tobytes().hex(), done.stderr

    read(link / MAIN, tmp_path)
    read("link/" + MAIN, tmp_path)
    read(MAIN, folder)
    folder.rename(moved)
    (moved / MAIN).rename(moved / "renamed.h5")
    read("moved/renamed.h5", tmp_path)
    # a link to the file alone: HDF5 would look into the current folder before the file's own
    (tmp_path / MAIN).symlink_to(moved / "renamed.h5")
    refused(lambda: load_release(tmp_path / MAIN), VOLUMES[0], "no such file")


def test_a_volume_is_usable_on_its_own(in_volumes, released):
    whole = load_release(released / MAIN)
    for name, (first, end) in zip(VOLUMES, ((0, 30), (30, 60), (60, 70)), strict=True):
        with h5py.File(in_volumes / name) as file, h5py.File(in_volumes / MAIN) as release:
            assert file.attrs["rows"].tolist() == [first, end]
            assert file.attrs["release_id"] == release.attrs["release_id"]
            assert f"samples {first} to {end - 1}" in file.attrs["description"]
            for key in ("title", "version", "license", "sfreq", "units", "synthetic"):
                assert file.attrs[key] == release.attrs[key]
            assert file.attrs["channel_names"].tolist() == whole.channel_names
            np.testing.assert_array_equal(file["eeg"][:], whole[first:end].values("eeg"))
            assert (file["eeg"].chunks, file["eeg"].fletcher32) == ((1, 62, 200), True)
            assert np.isnan(file["eeg"].fillvalue)
            assert file["sample_id"].asstr()[:].tolist() == (
                whole[first:end].values("sample_id").tolist()
            )
    refused(lambda: load_release(in_volumes / VOLUMES[1]), "one volume of a release", MAIN)


def _missing(folder):
    (folder / VOLUMES[1]).unlink()


def _truncated(folder):
    os.truncate(folder / VOLUMES[1], (folder / VOLUMES[1]).stat().st_size // 2)


def _swapped(folder):
    (folder / VOLUMES[0]).replace(folder / VOLUMES[1])
    shutil.copy(folder / VOLUMES[1], folder / VOLUMES[0])


def _foreign(folder):
    rewrite(folder / VOLUMES[1], lambda file: file.attrs.update(release_id="0" * 64))


def _without_eeg(folder):
    rewrite(folder / VOLUMES[1], lambda file: file.pop("eeg"))


def _virtual_again(folder):
    layout = h5py.VirtualLayout((30, 62, 200), "f4")
    layout[:] = h5py.VirtualSource(VOLUMES[0], "eeg", (30, 62, 200))

    def change(file):
        del file["eeg"]
        file.create_virtual_dataset("eeg", layout)

    rewrite(folder / VOLUMES[1], change)


def _shorter(folder):
    def change(file):
        eeg = file["eeg"][:-1]
        del file["eeg"]
        file["eeg"] = eeg

    rewrite(folder / VOLUMES[1], change)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_missing, "found no such file"),
        (_truncated, "found a truncated or damaged file"),
        (_swapped, "found other samples of it"),
        (_foreign, "found a file of another release"),
        (_without_eeg, "found no data set eeg"),
        (_virtual_again, "found data set eeg outside this file"),
        (_shorter, "EEG of float32 with shape (29, 62, 200)"),
    ],
)
def test_wrong_volumes_are_refused(folder, harm, words):
    release = load_release(folder / MAIN)  # opens the file when it reads EEG
    harm(folder)
    for use in (lambda: load_release(folder / MAIN), lambda: release[40], release.to_numpy):
        message = refused(use, VOLUMES[1], words, "of this release again, in one folder")
        assert "expected samples 30 to 59 of the release videeg-gen.h5 beside it" in message


def test_a_volume_that_goes_away_later_is_refused(folder):
    release = load_release(folder / MAIN)
    release[0], release[65]  # HDF5 opens a volume when it first reads from it
    _missing(folder)
    assert np.isfinite(release[29]["eeg"]).all()
    for read in (lambda: release[30], release.to_numpy, lambda: release.to_torch()[59]):
        refused(read, VOLUMES[1], "found no such file")


def test_samples_that_a_volume_does_not_have_are_refused(folder):
    def change(file):
        attributes = dict(file["eeg"].attrs)
        del file["eeg"]
        file.create_dataset(
            "eeg", (30, 62, 200), "f4", chunks=(1, 62, 200), fillvalue=np.nan
        ).attrs.update(attributes)
        file["eeg"][:29] = 1

    rewrite(folder / VOLUMES[1], change)
    release = load_release(folder / MAIN)
    assert (release[58]["eeg"] == 1).all()
    refused(lambda: release[59], MAIN, "it is damaged")


def _sources(*places, name=VOLUMES[0], n=70):
    """Return a change that maps samples to whole volumes."""

    def change(file):
        layout = h5py.VirtualLayout((n, 62, 200), "f4")
        for first, end in places:
            layout[first:end] = h5py.VirtualSource(name, "eeg", (end - first, 62, 200))
        del file["eeg"]
        file.create_virtual_dataset("eeg", layout)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _sources((30, 60)),
        _sources((0, 30), (40, 70)),
        _sources((0, 30), name="../a copy/" + VOLUMES[0]),
        lambda file: file.attrs.pop("release_id"),
    ],
    ids=["no first volume", "a gap", "another folder", "no id"],
)
def test_other_virtual_data_sets_are_refused(folder, change):
    rewrite(folder / MAIN, change)
    refused(lambda: load_release(folder / MAIN), MAIN, "found a virtual data set of another kind")


def test_other_fields_may_not_be_virtual(folder):
    layout = h5py.VirtualLayout((70,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "eeg_scale", (70,))

    def change(file):
        del file["eeg_scale"]
        file.create_virtual_dataset("eeg_scale", layout)

    rewrite(folder / MAIN, change)
    refused(lambda: load_release(folder / MAIN), "data set eeg_scale outside this file")


def test_damaged_samples_are_refused_when_they_are_read(folder):
    path = folder / VOLUMES[1]
    with h5py.File(path) as file:
        at = file["eeg"].id.get_chunk_info(3).byte_offset + 100
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    release = load_release(folder / MAIN)
    assert np.isfinite(release[32]["eeg"]).all()
    refused(lambda: release[33], "it is damaged")
    refused(lambda: load_release(folder / MAIN, verify=True), VOLUMES[1], "SHA-256", "SHA256SUMS")


@pytest.mark.parametrize("prefix", ["{elsewhere}", "/nowhere:{elsewhere}", "${{ORIGIN}}/../other"])
def test_another_file_that_hdf5_would_find_first_is_refused(folder, tmp_path, monkeypatch, prefix):
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    monkeypatch.setenv("HDF5_VDS_PREFIX", prefix.format(elsewhere=elsewhere))
    assert np.isfinite(load_release(folder / MAIN).values("eeg")).all()
    with h5py.File(elsewhere / VOLUMES[2], "w") as file:
        file["eeg"] = np.zeros((10, 62, 200), np.float32)
    refused(lambda: load_release(folder / MAIN), VOLUMES[2], "HDF5_VDS_PREFIX", str(elsewhere.name))
    monkeypatch.setenv("HDF5_VDS_PREFIX", "${ORIGIN}")
    assert np.isfinite(load_release(folder / MAIN).values("eeg")).all()
